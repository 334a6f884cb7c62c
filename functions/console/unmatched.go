package console

import (
	"net/http"
	"net/url"
	"time"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// unmatchedShown is how many kept events a page has.
const unmatchedShown = 50

// unmatchedFilter is which kept events are meant, as addresses and forms say it.
type unmatchedFilter struct {
	// ID is that of one, or "".
	ID string
	logFilter
}

func readUnmatchedFilter(values url.Values) unmatchedFilter {
	return unmatchedFilter{
		ID:        values.Get("id"),
		logFilter: logFilter{shipbell.Filter{Since: values.Get("since"), Until: values.Get("until")}},
	}
}

// span reads the time that the filter means.
func (f unmatchedFilter) span() (since, until time.Time, err error) {
	if since, err = api.ParseTime("since", inRFC3339(f.Since)); err != nil {
		return since, until, err
	}
	until, err = api.ParseTime("until", inRFC3339(f.Until))
	return since, until, err
}

// Fields are the filter as an address has it, but for what is empty.
func (f unmatchedFilter) Fields() url.Values {
	values := f.Values()
	if f.ID != "" {
		values.Set("id", f.ID)
	}
	return values
}

// unmatchedPage is a page of kept events that no trigger matched, the newest first.
type unmatchedPage struct {
	Filter   unmatchedFilter
	Problems problems
	app.UnmatchedList
	// Kept says that the registry keeps such events.
	Kept bool
}

// Older is the address of the next page, or "".
func (p unmatchedPage) Older() string {
	if p.Next == "" {
		return ""
	}
	return p.Filter.With("before", string(p.Next))
}

func (c *console) showUnmatched(v *visit) error {
	page := unmatchedPage{Filter: readUnmatchedFilter(v.Form), Kept: v.registry.KeepUnmatched}
	q := app.UnmatchedQuery{Registry: v.registry.ID, After: shipbell.DeliveryID(v.Form.Get("before")), Limit: unmatchedShown}
	var err error
	if q.Since, q.Until, err = page.Filter.span(); err == nil {
		page.UnmatchedList, err = c.App.Unmatched(v.Context(), v.key, q)
	}
	status := http.StatusOK
	if err != nil {
		var wrong bool
		if page.Problems, wrong = v.problemsOf(err, nil); !wrong {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, "unmatched", v.t("unmatched.title"), page)
}

// replayPage is the page on which kept events are held against the triggers as they are.
type replayPage struct {
	Filter unmatchedFilter
	app.Replayed
	// Done says that the deliveries are made.
	Done bool
}

// Unshown is how many events the page does not name.
func (p replayPage) Unshown() int { return p.EventCount - len(p.Events) }

// Rest is the filter for what was not looked at.
func (p replayPage) Rest() unmatchedFilter {
	rest := p.Filter
	rest.Since = p.Next.UTC().Format(time.RFC3339Nano)
	return rest
}

// askReplay shows which kept events triggers match now.
func (c *console) askReplay(v *visit) error {
	page := replayPage{Filter: readUnmatchedFilter(v.Form)}
	if page.Filter.Until == "" && page.Filter.ID == "" {
		// What comes after the question is not part of the answer.
		page.Filter.Until = c.Now().UTC().Format(time.RFC3339Nano)
	}
	return v.replay(page)
}

// replayAll makes the deliveries that askReplay counted.
func (c *console) replayAll(v *visit) error {
	return v.replay(replayPage{Filter: readUnmatchedFilter(v.PostForm), Done: true})
}

func (v *visit) replay(page replayPage) error {
	since, until, err := page.Filter.span()
	if err != nil {
		return err
	}
	page.Replayed, err = v.c.App.ReplayUnmatched(v.Context(), v.key, app.Replay{
		Registry: v.registry.ID, Event: page.Filter.ID, Since: since, Until: until, DryRun: !page.Done,
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "replay", v.t("replay.title"), page)
}
