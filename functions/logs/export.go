package logs

import (
	"log/slog"
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// export writes deliveries as they are read, a delivery a line or as a table.
func (d *Deps) export(r *api.Request) (api.Answer, error) {
	format := apiv1.ExportFormat(r.URL.Query().Get("format"))
	switch format {
	case "":
		format = apiv1.ExportNDJSON
	case apiv1.ExportNDJSON, apiv1.ExportCSV:
	default:
		return api.Answer{}, shipbell.InvalidField("format", text.OneOfRequired, []apiv1.ExportFormat{apiv1.ExportNDJSON, apiv1.ExportCSV})
	}
	q, cursor, err := d.query(r)
	if err != nil {
		return api.Answer{}, err
	}
	export, err := d.App.OpenExport(r.Context(), r.Key, q)
	if err != nil {
		return api.Answer{}, err
	}
	language := r.Language()
	return api.Answer{Status: http.StatusOK, Write: func(w http.ResponseWriter, hr *http.Request) {
		w.Header().Set("Content-Type", format.ContentType())
		out := apiv1.NewExporter(format, w)
		end := export.Run(hr.Context(), func(one *shipbell.Delivery) bool { return out.Write(apiv1.NewDelivery(one, language)) })
		last := apiv1.ExportEnd{Complete: end.Note.IsZero(), Note: end.Note.In(language), Damaged: end.Damaged}
		if end.Next != "" {
			// Whoever gets no cursor can go on with until, as the note says.
			last.NextCursor, err = cursor.Seal(string(end.Next))
		}
		if end.Err != nil {
			err = end.Err
		}
		if err != nil {
			r.Log(slog.String("broken", err.Error()))
		}
		out.End(last)
	}}, nil
}
