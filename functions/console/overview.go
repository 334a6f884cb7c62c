package console

import (
	"net/http"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/trigger"
)

// span is a stretch of time that the overview can show.
type span struct {
	// Name is how the address and the catalogue name it.
	Name   string
	hours  int
	perBar int
}

// spans are those to choose from; the first is shown at first.
func spans() []span { return []span{{"24h", 24, 1}, {"7d", 7 * 24, 6}} }

// overviewPage is how a registry's deliveries fare.
type overviewPage struct {
	Span  span
	Spans []span
	// Table shows the chart's numbers instead of its bars.
	Table   bool
	Chart   plot
	Waiting store.Waiting
	Failing []failing
	Newest  []newest
	Ignored store.IgnoredLately
	// Triggers is how many there are, of which Enabled are.
	Triggers, Enabled int
}

// failing is a target that fails now.
type failing struct {
	store.FailingTarget
	// URL is the target's as the person may see it, Error what came of the last
	// attempt that has ended.
	URL, Error string
}

// newest is a delivery of the list, as the API shows it.
type newest struct {
	ID          trigger.DeliveryID `json:"id"`
	TriggerID   trigger.ID         `json:"trigger_id"`
	TriggerName string             `json:"trigger_name"`
	Action      trigger.Action     `json:"action"`
	Repository  string             `json:"repository"`
	Resources   []trigger.Resource `json:"resources"`
	Status      trigger.Status     `json:"status"`
	CreatedAt   time.Time          `json:"created_at"`
}

// showOverview shows how the deliveries of a registry fare.
func (c *console) showOverview(v *visit) error {
	page := overviewPage{Spans: spans(), Table: v.Form.Get("as") == "table"}
	page.Span = page.Spans[0]
	if i := slices.IndexFunc(page.Spans, func(s span) bool { return s.Name == v.Form.Get("span") }); i >= 0 {
		page.Span = page.Spans[i]
	}
	ctx, registry := v.Context(), v.Registry.ID
	now := c.Now()
	stats, err := c.Store.Stats(ctx, registry, now.Add(-time.Duration(page.Span.hours-1)*time.Hour), now)
	if err != nil {
		return err
	}
	page.Chart = newPlot(stats, page.Span.perBar)
	if page.Waiting, err = c.Store.Waiting(ctx, registry); err != nil {
		return err
	}
	if page.Failing, err = v.failing(stats); err != nil {
		return err
	}
	if page.Newest, err = v.newest(); err != nil {
		return err
	}
	if page.Ignored, err = c.Store.Ignored(ctx, registry); err != nil {
		return err
	}
	rules, err := c.Store.Rules(ctx, registry)
	if err != nil {
		return err
	}
	for _, t := range rules.Set.Triggers() {
		page.Triggers++
		if t.Enabled {
			page.Enabled++
		}
	}
	return v.show(http.StatusOK, "overview", v.t("overview.title"), page)
}

// newest are the newest deliveries of the registry.
func (v *visit) newest() ([]newest, error) {
	var answer struct{ Deliveries []newest }
	err := v.call(http.MethodGet, "/v1/deliveries/"+v.Registry.ID+"?limit=8", "", nil, &answer)
	return answer.Deliveries, err
}

// At is the address of the page with another span, or as a table or not.
func (p overviewPage) At(span string, table bool) string {
	if table {
		return "?span=" + span + "&as=table"
	}
	return "?span=" + span
}

// failing are the targets that fail now, as the person may see them.
func (v *visit) failing(stats store.Stats) ([]failing, error) {
	all, err := v.c.Store.Failing(v.Context(), v.Registry.ID, stats)
	if err != nil {
		return nil, err
	}
	list := make([]failing, len(all))
	for i, one := range all {
		list[i] = failing{FailingTarget: one, URL: one.Newest.TargetURL}
		if !v.Admin() {
			list[i].URL = trigger.MaskURL(one.Newest.TargetURL)
		}
		// The last attempt may be under way.
		for _, attempt := range slices.Backward(one.Newest.Attempts) {
			if attempt.Error != "" {
				list[i].Error = attempt.Error
				break
			}
		}
	}
	return list, nil
}
