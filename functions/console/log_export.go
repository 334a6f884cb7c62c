package console

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/app"
)

const (
	// maxExported and maxExportBytes bound an export: functions of the clouds answer
	// with at most 6 MB.
	maxExported    = 5000
	maxExportBytes = 4 << 20
	// maxExportReads is how many pages of exportedPerRead are read to find them.
	maxExportReads  = 100
	exportedPerRead = 100
)

// exporter writes deliveries in one format. What it cannot write, nobody waits for any
// more.
type exporter interface {
	begin()
	write(logged)
	// end writes what is left, and why not all is there, or "".
	end(cut string)
}

// exportCSV answers with what the log shows as a table.
func (c *console) exportCSV(v *visit) error {
	return c.export(v, "csv", "text/csv; charset=utf-8", func(w io.Writer) exporter { return csvExport{csv.NewWriter(w)} })
}

// exportJSON answers with what the log shows as the API has it.
func (c *console) exportJSON(v *visit) error {
	return c.export(v, "json", "application/json", func(w io.Writer) exporter { return &jsonExport{w: w, comma: "\n"} })
}

// export writes deliveries as they are read.
func (c *console) export(v *visit, kind, contentType string, format func(io.Writer) exporter) error {
	set, err := v.set()
	if err != nil {
		return err
	}
	wanted, err := readLogFilter(v.Form).query(v.registry.ID, set)
	if err != nil {
		return err
	}
	first, err := v.find(wanted, "", exportedPerRead)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("deliveries-%s-%s.%s", v.registry.ID, c.Now().UTC().Format("20060102T150405Z"), kind)
	v.w.Header().Set("Content-Type", contentType)
	v.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	file := &counter{w: v.w}
	out := format(file)
	out.begin()
	out.end(v.writeAll(out, wanted, first, file))
	return nil
}

// writeAll writes a page of deliveries and those that follow, one event in memory at a
// time. It tells why not all are there: what is sent cannot become an error any more.
func (v *visit) writeAll(out exporter, wanted app.DeliveryQuery, list app.DeliveryList, file *counter) (cut string) {
	broken := func(err error) string {
		v.attrs = append(v.attrs, slog.String("broken", err.Error()))
		return v.t("export.broken")
	}
	written, damaged := 0, 0
	for reads := 1; ; reads++ {
		damaged += list.Damaged
		for _, d := range list.Deliveries {
			if written == maxExported || file.n > maxExportBytes {
				return v.t("export.more", d.CreatedAt.UTC().Format(time.RFC3339Nano))
			}
			if err := v.c.App.LoadEvent(v.Context(), v.key, &d); err != nil {
				return broken(err)
			}
			out.write(newLogged(&d, v.language.code))
			written++
		}
		if list.Next == "" && damaged > 0 {
			return v.language.count("damaged", damaged)
		}
		if list.Next == "" {
			return ""
		}
		if reads == maxExportReads {
			return v.t("export.looked")
		}
		var err error
		if list, err = v.find(wanted, string(list.Next), exportedPerRead); err != nil {
			return broken(err)
		}
	}
}

// counter counts what was written.
type counter struct {
	w io.Writer
	n int
}

// Write implements io.Writer.
func (c *counter) Write(data []byte) (int, error) {
	n, err := c.w.Write(data)
	c.n += n
	return n, err
}

type csvExport struct{ w *csv.Writer }

func (e csvExport) begin() {
	e.row("id", "created_at", "updated_at", "action", "repository", "tags", "digests", "trigger_id", "trigger_name", "target_url",
		"status", "reason", "attempts", "status_code", "error", "next_attempt_at", "operator", "event_id")
}

func (e csvExport) write(d logged) {
	var tags, digests []string
	for _, r := range d.Resources {
		tags, digests = append(tags, r.Tag), append(digests, r.Digest)
	}
	code, problem, next := "", "", ""
	if n := len(d.Attempts); n > 0 {
		code, problem = strconv.Itoa(d.Attempts[n-1].StatusCode), d.Attempts[n-1].Error
	}
	if d.NextAttemptAt != nil {
		next = d.NextAttemptAt.Format(time.RFC3339Nano)
	}
	e.row(string(d.ID), d.CreatedAt.Format(time.RFC3339Nano), d.UpdatedAt.Format(time.RFC3339Nano), string(d.Action), d.Repository,
		strings.Join(tags, " "), strings.Join(digests, " "), formatID(d.TriggerID), d.TriggerName, d.TargetURL,
		string(d.Status), d.Reason, strconv.Itoa(d.Tries()), code, problem, next, d.Operator, d.EventID)
}

func (e csvExport) end(cut string) {
	if cut != "" {
		e.row(cut)
	}
	e.w.Flush()
}

// row writes cells that no spreadsheet takes for a formula.
func (e csvExport) row(cells ...string) {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	_ = e.w.Write(cells)
}

type jsonExport struct {
	w     io.Writer
	comma string
}

func (e *jsonExport) begin() { fmt.Fprint(e.w, `{"deliveries":[`) }

func (e *jsonExport) write(d logged) {
	text, err := json.Marshal(d)
	if err != nil {
		return // it was JSON before, and is again
	}
	fmt.Fprintf(e.w, "%s%s", e.comma, text)
	e.comma = ",\n"
}

func (e *jsonExport) end(cut string) {
	note, _ := json.Marshal(cut) // a text always has a form in JSON
	fmt.Fprintf(e.w, "\n],\"complete\":%t,\"note\":%s}\n", cut == "", note)
}
