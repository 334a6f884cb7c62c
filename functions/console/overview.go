package console

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
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
	Waiting app.Waiting
	Held    []app.HeldTarget
	Failing []failing
	Newest  []logged
	Ignored app.RecentlyIgnored
	// Triggers is how many there are, of which Enabled are.
	Triggers, Enabled int
}

// failing is a target that fails now.
type failing struct {
	app.FailingTarget
	// URL is the target's as the person may see it, Error what came of the last
	// attempt that has ended.
	URL   string
	Error text.Message
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
	ctx, use, registry := v.Context(), v.c.App, v.registry.ID
	return together(
		func() error {
			now := v.c.Now()
			stats, err := v.stats(now.Add(-time.Duration(page.Span.hours-1)*time.Hour), now)
			if err != nil {
				return err
			}
			page.Chart = newPlot(stats, page.Span.perBar)
			page.Failing, err = v.failing(stats)
			return err
		},
		func() (err error) {
			page.Waiting, err = use.Waiting(ctx, v.key, registry)
			return err
		},
		func() (err error) {
			page.Held, err = use.HeldTargets(ctx, v.key, registry)
			return err
		},
		func() error {
			newest, err := v.deliveries(app.DeliveryQuery{Registry: registry}, "", newestDeliveries)
			page.Newest = newest.Deliveries
			return err
		},
		func() (err error) {
			page.Ignored, err = use.Ignored(ctx, v.key, registry)
			return err
		},
		func() error {
			set, err := v.set()
			if err != nil {
				return err
			}
			for _, t := range set.Triggers() {
				page.Triggers++
				if t.Enabled {
					page.Enabled++
				}
			}
			return nil
		},
	)
}

// resumeTarget sends the held deliveries of a target.
func (c *console) resumeTarget(v *visit) error {
	target := shipbell.TargetID(triggerID(v.PathValue("target")))
	_, err := c.App.ResumeTarget(v.Context(), v.key, v.registry.ID, triggerID(v.PathValue("trigger")), target)
	if err != nil {
		return err
	}
	return v.redirect(inRegistry(v.registry.ID, "/overview?done=resumed"))
}

// newestDeliveries is how many deliveries the page shows.
const newestDeliveries = 8

// together calls functions at once and answers their errors.
func together(functions ...func() error) error {
	var all sync.WaitGroup
	errs := make([]error, len(functions))
	for i, function := range functions {
		all.Go(func() { errs[i] = function() })
	}
	all.Wait()
	return errors.Join(errs...)
}

// At is the address of the page with another span, or as a table or not.
func (p overviewPage) At(span string, table bool) string {
	if table {
		return "?span=" + span + "&as=table"
	}
	return "?span=" + span
}

// failing are the targets that fail now, as the person may see them.
func (v *visit) failing(stats app.Stats) ([]failing, error) {
	all, err := v.c.App.FailingTargets(v.Context(), v.key, v.registry.ID, stats)
	if err != nil {
		return nil, err
	}
	list := make([]failing, len(all))
	for i, one := range all {
		list[i] = failing{FailingTarget: one, URL: one.Newest.TargetURL}
		// The last attempt may be under way.
		for _, attempt := range slices.Backward(one.Newest.Attempts) {
			if !attempt.Error.IsZero() {
				list[i].Error = attempt.Error
				break
			}
		}
	}
	return list, nil
}
