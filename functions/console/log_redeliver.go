package console

import (
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// redelivery is the page on which many deliveries are sent again.
type redelivery struct {
	// Filter is what was asked for, with both ends of the time that was looked at.
	Filter logFilter
	app.Redelivered
	// Done says that they are sent again.
	Done bool
}

// askRedeliver shows which deliveries would be sent again, and how many.
func (c *console) askRedeliver(v *visit) error {
	page := redelivery{Filter: readLogFilter(v.Form)}
	if page.Filter.Until == "" {
		// What fails after the question is not part of the answer.
		page.Filter.Until = c.Now().UTC().Format(time.RFC3339Nano)
	}
	if err := v.redeliverMany(&page, true); err != nil {
		return err
	}
	page.Filter.Since = page.Redelivered.Since.UTC().Format(time.RFC3339Nano)
	return v.show(http.StatusOK, "redeliver", v.t("redeliver.title"), page)
}

// redeliverAll sends those again that askRedeliver counted.
func (c *console) redeliverAll(v *visit) error {
	page := redelivery{Filter: readLogFilter(v.PostForm), Done: true}
	if err := v.redeliverMany(&page, false); err != nil {
		return err
	}
	return v.show(http.StatusOK, "redeliver", v.t("redeliver.title"), page)
}

// redeliverMany sends those again that the page's filter means, or counts them.
func (v *visit) redeliverMany(page *redelivery, dryRun bool) error {
	set, err := v.set()
	if err != nil {
		return err
	}
	wanted, err := page.Filter.query(v.registry.ID, set)
	if err != nil {
		return err
	}
	page.Filter.Trigger = nameOf(set, page.Filter.Trigger)
	page.Redelivered, err = v.c.App.RedeliverMany(v.Context(), v.key, app.Redelivery{
		Registry: wanted.Registry, Trigger: wanted.Trigger, Status: shipbell.Status(page.Filter.Status), Action: wanted.Action,
		Repository: wanted.Repository, Since: wanted.Since, Until: wanted.Until, DryRun: dryRun,
	})
	return err
}

// Older is the filter for what lies before the time that was looked at.
func (r redelivery) Older() logFilter {
	older := r.Filter
	older.Since, older.Until = "", r.Filter.Since
	return older
}

// From and To are the ends of the time.
func (r redelivery) From() time.Time { return moment(r.Filter.Since) }

// To is the end of the time.
func (r redelivery) To() time.Time { return moment(r.Filter.Until) }

func moment(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text) // the API has read it already
	return t
}

// Statuses are those of the deliveries that are sent again.
func (r redelivery) Statuses() []shipbell.Status {
	if r.Filter.Status == "" {
		return []shipbell.Status{shipbell.Failed, shipbell.Cancelled}
	}
	return []shipbell.Status{shipbell.Status(r.Filter.Status)}
}
