package console

import (
	"fmt"
	"log/slog"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// exportCSV answers with what the log shows as a table.
func (c *console) exportCSV(v *visit) error { return c.export(v, apiv1.ExportCSV) }

// exportJSON answers with what the log shows as the API has it.
func (c *console) exportJSON(v *visit) error { return c.export(v, apiv1.ExportJSON) }

// exportNDJSON is exportJSON with a delivery a line.
func (c *console) exportNDJSON(v *visit) error { return c.export(v, apiv1.ExportNDJSON) }

// export writes deliveries as they are read. What is sent cannot become an error any more.
func (c *console) export(v *visit, format apiv1.ExportFormat) error {
	wanted, err := v.query(readLogFilter(v.Form))
	if err != nil {
		return err
	}
	export, err := c.App.OpenExport(v.Context(), v.key, wanted)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("deliveries-%s-%s.%s", v.registry.ID, c.Now().UTC().Format("20060102T150405Z"), format)
	v.w.Header().Set("Content-Type", format.ContentType())
	v.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	out := apiv1.NewExporter(format, v.w)
	end := export.Run(v.Context(), func(d *shipbell.Delivery) bool { return out.Write(apiv1.NewDelivery(d, v.language.code)) })
	if end.Err != nil {
		v.attrs = append(v.attrs, slog.String("broken", end.Err.Error()))
	}
	out.End(apiv1.ExportEnd{Complete: end.Note.IsZero(), Note: end.Note.In(v.language.code), Damaged: end.Damaged})
	return nil
}
