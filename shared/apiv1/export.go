package apiv1

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ExportFormat is the form of exported deliveries.
type ExportFormat string

// The formats.
const (
	ExportNDJSON ExportFormat = "ndjson" // a delivery a line, as the API has it
	ExportCSV    ExportFormat = "csv"    // a table
	ExportJSON   ExportFormat = "json"   // one document
)

// ContentType is the format's media type.
func (f ExportFormat) ContentType() string {
	switch f {
	case ExportCSV:
		return "text/csv; charset=utf-8"
	case ExportJSON:
		return "application/json"
	}
	return "application/x-ndjson"
}

// ExportEnd is the last line of an export in NDJSON that is not complete, and the end of one
// in JSON.
type ExportEnd struct {
	Complete bool `json:"complete"`
	// Note tells why not all is there.
	Note string `json:"note"`
	// NextCursor is where another export goes on, "" if there is nothing more.
	NextCursor string `json:"next_cursor"`
	// Damaged is how many records cannot be read and are left out.
	Damaged int `json:"damaged"`
}

// maxExportBytes is after how many bytes an export takes no more: functions of the clouds
// answer with at most 6 MB.
const maxExportBytes = 4 << 20

// Exporter writes deliveries in a format. What it cannot write, nobody waits for any more.
type Exporter struct {
	format ExportFormat
	out    *counter
	table  *csv.Writer
	comma  string
}

// NewExporter begins to write deliveries.
func NewExporter(f ExportFormat, w io.Writer) *Exporter {
	out := &counter{w: w}
	e := &Exporter{format: f, out: out, comma: "\n"}
	switch f {
	case ExportCSV:
		e.table = csv.NewWriter(out)
		e.row("id", "created_at", "updated_at", "action", "repository", "tags", "digests", "trigger_id", "trigger_name", "target_url",
			"status", "reason", "attempts", "status_code", "error", "next_attempt_at", "operator", "event_id")
	case ExportJSON:
		fmt.Fprint(out, `{"deliveries":[`)
	}
	return e
}

// Write writes a delivery. It reports whether there is space for more.
func (e *Exporter) Write(d Delivery) (more bool) {
	switch e.format {
	case ExportCSV:
		e.delivery(d)
		e.table.Flush()
	default:
		text, err := json.Marshal(d)
		if err != nil {
			return true // it was JSON before, and is again
		}
		if e.format == ExportNDJSON {
			fmt.Fprintf(e.out, "%s\n", text)
			break
		}
		fmt.Fprintf(e.out, "%s%s", e.comma, text)
		e.comma = ",\n"
	}
	return e.out.n <= maxExportBytes
}

// End writes what is left, and why not all is there.
func (e *Exporter) End(end ExportEnd) {
	switch {
	case e.format == ExportCSV && !end.Complete:
		e.row(end.Note)
		e.table.Flush()
	case e.format == ExportCSV:
		e.table.Flush()
	case e.format == ExportJSON:
		line, _ := json.Marshal(end) // it always has a form in JSON
		fmt.Fprintf(e.out, "\n],%s\n", line[1:])
	case !end.Complete:
		line, _ := json.Marshal(end)
		fmt.Fprintf(e.out, "%s\n", line)
	}
}

func (e *Exporter) delivery(d Delivery) {
	var tags, digests []string
	for _, r := range d.Resources {
		tags, digests = append(tags, r.Tag), append(digests, r.Digest)
	}
	attempts, code, problem, next := 0, "", "", ""
	if n := len(d.Attempts); n > 0 {
		last := d.Attempts[n-1]
		attempts, code, problem = last.Number, strconv.Itoa(last.StatusCode), last.Error
	}
	if d.NextAttemptAt != nil {
		next = d.NextAttemptAt.Format(time.RFC3339Nano)
	}
	e.row(string(d.ID), d.CreatedAt.Format(time.RFC3339Nano), d.UpdatedAt.Format(time.RFC3339Nano), string(d.Action), d.Repository,
		strings.Join(tags, " "), strings.Join(digests, " "), strconv.FormatInt(int64(d.TriggerID), 10), d.TriggerName, d.TargetURL,
		string(d.Status), d.Reason, strconv.Itoa(attempts), code, problem, next, d.Operator, d.EventID)
}

// row writes cells that no spreadsheet takes for a formula.
func (e *Exporter) row(cells ...string) {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	_ = e.table.Write(cells)
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
