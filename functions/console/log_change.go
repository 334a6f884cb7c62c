package console

import (
	"fmt"
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// change is a page on which many deliveries are changed: sent again, or cleared.
type change struct {
	// What is "redeliver" or "clear".
	What string
	// Filter is what was asked for, with both ends of the time that was looked at.
	Filter logFilter
	app.Changed
	// Done says that they are changed.
	Done bool
}

// askRedeliver shows which deliveries would be sent again, and how many.
func (c *console) askRedeliver(v *visit) error { return v.ask("redeliver", v.redeliverMany) }

// redeliverAll sends those again that askRedeliver counted.
func (c *console) redeliverAll(v *visit) error { return v.doAll("redeliver", v.redeliverMany) }

// askClear shows which deliveries would be cleared, and how many.
func (c *console) askClear(v *visit) error { return v.ask("clear", v.clearMany) }

// clearAll clears those that askClear counted.
func (c *console) clearAll(v *visit) error { return v.doAll("clear", v.clearMany) }

func (v *visit) redeliverMany(f shipbell.Filter, dry bool) (app.Changed, error) {
	return v.c.App.RedeliverMany(v.Context(), v.key, app.Redelivery{Registry: v.registry.ID, Filter: f, DryRun: dry})
}

func (v *visit) clearMany(f shipbell.Filter, dry bool) (app.Changed, error) {
	return v.c.App.ClearMany(v.Context(), v.key, app.Clearing{Registry: v.registry.ID, Filter: f, DryRun: dry})
}

// ask shows how many deliveries a change would be of.
func (v *visit) ask(what string, make func(shipbell.Filter, bool) (app.Changed, error)) (err error) {
	page := change{What: what, Filter: readLogFilter(v.Form)}
	if page.Filter.Until == "" {
		// What fails after the question is not part of the answer.
		page.Filter.Until = v.c.Now().UTC().Format(time.RFC3339Nano)
	}
	if page.Changed, err = make(page.Filter.Written(), true); err != nil {
		return err
	}
	if !page.Changed.Since.IsZero() {
		page.Filter.Since = page.Changed.Since.UTC().Format(time.RFC3339Nano)
	}
	return v.showChange(page)
}

// doAll makes the change.
func (v *visit) doAll(what string, make func(shipbell.Filter, bool) (app.Changed, error)) (err error) {
	page := change{What: what, Filter: readLogFilter(v.PostForm), Done: true}
	if page.Changed, err = make(page.Filter.Written(), false); err != nil {
		return err
	}
	return v.showChange(page)
}

func (v *visit) showChange(page change) error {
	set, err := v.set()
	if err != nil {
		return err
	}
	page.Filter.Trigger = nameOf(set, page.Filter.Trigger)
	return v.show(http.StatusOK, "change", v.t(fmt.Sprintf("change.%s.title", page.What)), page)
}

// Older is the filter for what lies before the time that was looked at.
func (p change) Older() logFilter {
	older := p.Filter
	older.Since, older.Until = "", p.Filter.Since
	return older
}

// Statuses are those of the deliveries that are changed.
func (p change) Statuses() []shipbell.Status {
	if p.Filter.Status == "" {
		return []shipbell.Status{shipbell.Failed, shipbell.Cancelled}
	}
	return []shipbell.Status{p.Filter.Status}
}
