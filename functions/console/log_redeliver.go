package console

import (
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// redelivery is the page on which many deliveries are sent again.
type redelivery struct {
	// Filter is what was asked for, with both ends of the time that was looked at.
	Filter logFilter `json:"-"`
	// Count is how many would be sent again, or were.
	Count int `json:"count"`
	// More says that older deliveries were not looked at, or that others are beyond
	// what one request sends.
	More  bool      `json:"more"`
	Since time.Time `json:"since"`
	// Done says that they are sent again.
	Done bool `json:"-"`
}

// askRedeliver shows which deliveries would be sent again, and how many.
func (c *console) askRedeliver(v *visit) error {
	page := redelivery{Filter: readLogFilter(v.Form)}
	if page.Filter.Until == "" {
		// What fails after the question is not part of the answer.
		page.Filter.Until = c.Now().UTC().Format(time.RFC3339Nano)
	}
	if err := v.redeliverMany(&page, "?dry_run=true"); err != nil {
		return err
	}
	page.Filter.Since = page.Since.UTC().Format(time.RFC3339Nano)
	return v.show(http.StatusOK, "redeliver", v.t("redeliver.title"), page)
}

// redeliverAll sends those again that askRedeliver counted.
func (c *console) redeliverAll(v *visit) error {
	page := redelivery{Filter: readLogFilter(v.PostForm), Done: true}
	if err := v.redeliverMany(&page, ""); err != nil {
		return err
	}
	return v.show(http.StatusOK, "redeliver", v.t("redeliver.title"), page)
}

// redeliverMany asks the API to send those again that the page's filter means.
func (v *visit) redeliverMany(page *redelivery, query string) error {
	rules, err := v.c.Store.Rules(v.Context(), v.registry.ID)
	if err != nil {
		return err
	}
	wanted, err := page.Filter.forAPI(rules)
	if err != nil {
		return err
	}
	page.Filter.Trigger = nameOf(rules, page.Filter.Trigger)
	question := struct {
		Trigger    int    `json:"trigger"`
		Status     string `json:"status"`
		Action     string `json:"action"`
		Repository string `json:"repository"`
		Since      string `json:"since"`
		Until      string `json:"until"`
	}{number(wanted.Trigger), wanted.Status, wanted.Action, wanted.Repository, wanted.Since, wanted.Until}
	return v.call(http.MethodPost, v.deliveryAPI("redeliver")+query, "", question, page)
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
