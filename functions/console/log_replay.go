package console

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"time"

	"github.com/shipbell/shipbell/shared/app"
)

// pastReplay is the page on which past events are held against the triggers as they are.
type pastReplay struct {
	Filter logFilter
	// Again names the replay if it is for triggers that had the events too.
	Again string
	app.Replayed
	Problems problems
	// Done says that the deliveries are made.
	Done bool
	// Asked is false for the form alone.
	Asked bool
}

// Unshown is how many events the page does not name.
func (p pastReplay) Unshown() int { return p.EventCount - len(p.Events) }

// Fields are what was asked for, as an address has it.
func (p pastReplay) Fields() url.Values {
	values := p.Filter.Values()
	if p.Again != "" {
		values.Set("again", p.Again)
	}
	return values
}

// Rest is the query for what was not looked at.
func (p pastReplay) Rest() string {
	values := p.Fields()
	values.Set("since", p.Next.UTC().Format(time.RFC3339Nano))
	return "?" + values.Encode()
}

// askReplayPast shows which events triggers match now. Without a beginning it asks for one.
func (c *console) askReplayPast(v *visit) error {
	page := pastReplay{Filter: readLogFilter(v.Form), Again: v.Form.Get("again")}
	if page.Again == "new" {
		page.Again = rand.Text() // a repeat of this page's form makes nothing twice
	}
	if page.Asked = page.Filter.Since != "" || page.Filter.Event != ""; !page.Asked {
		return v.show(http.StatusOK, "replay-past", v.t("past.title"), page)
	}
	if page.Filter.Until == "" && page.Filter.Event == "" {
		// What comes after the question is not part of the answer.
		page.Filter.Until = c.Now().UTC().Format(time.RFC3339Nano)
	}
	return v.replayPast(page)
}

// replayPastAll makes the deliveries that askReplayPast counted.
func (c *console) replayPastAll(v *visit) error {
	return v.replayPast(pastReplay{Filter: readLogFilter(v.PostForm), Again: v.PostForm.Get("again"), Done: true, Asked: true})
}

func (v *visit) replayPast(page pastReplay) (err error) {
	page.Replayed, err = v.c.App.ReplayPast(v.Context(), v.key, app.PastReplay{
		Registry: v.registry.ID, Filter: page.Filter.Written(), Again: page.Again, DryRun: !page.Done,
	})
	status := http.StatusOK
	if err != nil {
		var wrong bool
		if page.Problems, wrong = v.problemsOf(err, nil); !wrong || page.Done {
			return err
		}
		status, page.Asked = http.StatusUnprocessableEntity, false
	}
	return v.show(status, "replay-past", v.t("past.title"), page)
}
