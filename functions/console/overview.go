package console

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
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
	ID          shipbell.DeliveryID `json:"id"`
	TriggerID   shipbell.ID         `json:"trigger_id"`
	TriggerName string              `json:"trigger_name"`
	Action      shipbell.Action     `json:"action"`
	Repository  string              `json:"repository"`
	Resources   []shipbell.Resource `json:"resources"`
	Status      shipbell.Status     `json:"status"`
	CreatedAt   time.Time           `json:"created_at"`
}

// showOverview shows how the deliveries of a registry fare.
func (c *console) showOverview(v *visit) error {
	page := overviewPage{Spans: spans(), Table: v.Form.Get("as") == "table"}
	page.Span = page.Spans[0]
	if i := slices.IndexFunc(page.Spans, func(s span) bool { return s.Name == v.Form.Get("span") }); i >= 0 {
		page.Span = page.Spans[i]
	}
	if err := v.readOverview(&page); err != nil {
		return err
	}
	return v.show(http.StatusOK, "overview", v.t("overview.title"), page)
}

// readOverview fills in the page. Its parts have nothing to do with each other, so they
// are read at once.
func (v *visit) readOverview(page *overviewPage) error {
	ctx, kept, registry := v.Context(), v.c.Store, v.registry.ID
	return together(
		func() error {
			now := v.c.Now()
			stats, err := kept.Stats(ctx, registry, now.Add(-time.Duration(page.Span.hours-1)*time.Hour), now)
			if err != nil {
				return err
			}
			page.Chart = newPlot(stats, page.Span.perBar)
			page.Failing, err = v.failing(stats)
			return err
		},
		func() (err error) {
			page.Waiting, err = kept.Waiting(ctx, registry)
			return err
		},
		func() (err error) {
			page.Newest, err = v.newest()
			return err
		},
		func() (err error) {
			page.Ignored, err = kept.Ignored(ctx, registry)
			return err
		},
		func() error {
			rules, err := kept.Rules(ctx, registry)
			if err != nil {
				return err
			}
			for _, t := range rules.Set.Triggers() {
				page.Triggers++
				if t.Enabled {
					page.Enabled++
				}
			}
			return nil
		},
	)
}

// together calls functions at once and answers the first error of their list.
func together(functions ...func() error) error {
	var all sync.WaitGroup
	errs := make([]error, len(functions))
	for i, function := range functions {
		all.Go(func() { errs[i] = function() })
	}
	all.Wait()
	return platform.First(errs)
}

// newest are the newest deliveries of the registry.
func (v *visit) newest() ([]newest, error) {
	var answer struct{ Deliveries []newest }
	err := v.call(http.MethodGet, "/v1/deliveries/"+v.registry.ID+"?limit=8", "", nil, &answer)
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
	all, err := v.c.Store.Failing(v.Context(), v.registry.ID, stats)
	if err != nil {
		return nil, err
	}
	list := make([]failing, len(all))
	for i, one := range all {
		list[i] = failing{FailingTarget: one, URL: one.Newest.TargetURL}
		if v.key.Role != shipbell.RoleAdmin {
			list[i].URL = shipbell.MaskURL(one.Newest.TargetURL)
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
