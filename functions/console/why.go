package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
)

// whyPage tells which triggers an event fires and why it does not fire the others, and
// which events fired none lately.
type whyPage struct {
	Question app.BriefEvent
	// Event is a whole event as a registry sends it, instead of the question.
	Event string
	// Filter is what the name of a trigger must hold that did not match, to be shown.
	Filter   string
	Problems problems
	// Asked says that there is an answer.
	Asked   bool
	Events  []whyEvent
	Ignored []shipbell.IgnoredEvent
	// Unshown is how many more events the body has.
	Unshown int

	// Repositories and Tags are some that were seen in the registry.
	Repositories, Tags []string
	Lately             app.RecentlyIgnored
	Refused            []app.Refusal
}

// maxOffered is how many repositories are offered for a question; any can be written.
const maxOffered = 100

// showWhy answers a question in brief, which stands in the address.
func (c *console) showWhy(v *visit) error {
	page := whyPage{
		Question: app.BriefEvent{Action: shipbell.Action(v.Form.Get("action")), Repository: v.Form.Get("repository"), Tag: v.Form.Get("tag")},
		Filter:   strings.TrimSpace(v.Form.Get("q")),
	}
	if page.Question == (app.BriefEvent{}) {
		return v.showWhy(page)
	}
	explained, err := v.c.App.Explain(v.Context(), v.key, v.registry.ID, page.Question)
	if err == nil {
		err = v.explain(&page, explained)
	}
	if err != nil {
		var wrong bool
		if page.Problems, wrong = v.problemsOf(err, nil); !wrong {
			return err
		}
	}
	return v.showWhy(page)
}

// tryEvent answers a question that is a whole event.
func (c *console) tryEvent(v *visit) error {
	page := whyPage{Event: v.PostForm.Get("event"), Filter: strings.TrimSpace(v.PostForm.Get("q"))}
	if !json.Valid([]byte(page.Event)) {
		page.Problems = problems{"event": v.t("why.event.wrong")}
		return v.showWhy(page)
	}
	explained, err := c.App.ExplainRequest(v.Context(), v.key, v.registry.ID, source.Request{Body: []byte(page.Event), ReceivedAt: c.Now()})
	if err == nil {
		err = v.explain(&page, explained)
	}
	if err != nil {
		var wrong bool
		if page.Problems, wrong = v.problemsOf(err, nil); !wrong {
			if shipbell.KindOf(err) != shipbell.Malformed {
				return err
			}
			page.Problems = problems{"event": withoutCause(err).Message.In(v.language.code)}
		}
	}
	return v.showWhy(page)
}

// showWhy fills in what is on every such page. What was seen and ignored lately is help
// and no more: without it the page has the answer alone.
func (v *visit) showWhy(page whyPage) error {
	names, err := v.seen()
	if err != nil {
		return err
	}
	if page.Repositories, err = source.Repositories(v.Context(), names, "", maxOffered); err == nil {
		page.Tags, err = names.tags(v.Context(), tried{Names: gather(page.Repositories, nil)})
	}
	if err != nil {
		v.warn("what was seen in the registry cannot be shown", err)
	}
	if page.Lately, err = v.c.App.Ignored(v.Context(), v.key, v.registry.ID); err != nil {
		v.warn("what was ignored cannot be shown", err)
	}
	if page.Refused, err = v.c.App.Refusals(v.Context(), v.key, v.registry.ID); err != nil {
		v.warn("what was refused cannot be shown", err)
	}
	status := http.StatusOK
	if page.Problems != nil && !v.live() { // a question is asked while it is typed
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, "why", v.t("why.title"), page)
}

// whyAt is the address of the page with a question.
func whyAt(registry string, action shipbell.Action, repository, tag string) string {
	query := url.Values{"action": {string(action)}, "repository": {repository}}
	if tag != "" {
		query.Set("tag", tag)
	}
	return inRegistry(registry, "/why?") + query.Encode()
}

// Waited are the ignored events that somebody may have waited for something to come of.
func (p whyPage) Waited() []shipbell.IgnoredEvent { return p.ignored(false) }

// Routine are the ignored events that come beside others.
func (p whyPage) Routine() []shipbell.IgnoredEvent { return p.ignored(true) }

func (p whyPage) ignored(routine bool) (list []shipbell.IgnoredEvent) {
	for _, one := range p.Lately.Events {
		if one.Routine == routine {
			list = append(list, one)
		}
	}
	return list
}
