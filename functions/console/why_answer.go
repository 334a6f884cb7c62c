package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/trigger"
)

// whyEvent is what becomes of one event.
type whyEvent struct {
	trigger.Event
	Matched, Others verdicts
}

// verdicts are what triggers make of an event that agree on whether they match.
type verdicts struct {
	// All is how many there are, and Found how many of them the filter wants.
	All, Found int
	// Shown are the first of those.
	Shown []verdict
}

// Unshown is how many more the filter wants.
func (v verdicts) Unshown() int { return v.Found - len(v.Shown) }

// verdict is what one trigger makes of an event.
type verdict struct {
	trigger.Verdict
	Rule trigger.Rule
	// Patterns are those that the rule's texts stand for, where they are not all.
	Patterns []pattern
}

// pattern is what the text of one field of a rule stands for.
type pattern struct {
	Field     string
	Effective []string
}

const (
	// maxVerdicts is how many triggers are shown of those that match an event, and of
	// the others.
	maxVerdicts = 50
	// maxWhyEvents is how many events of one body are shown.
	maxWhyEvents = 10
)

// match asks the API what becomes of an event and puts the answer on the page.
func (v *visit) match(page *whyPage, question any) error {
	var answer struct {
		Events []struct {
			Event    trigger.Event     `json:"event"`
			Triggers []trigger.Verdict `json:"triggers"`
		} `json:"events"`
		Ignored []source.Ignored `json:"ignored"`
	}
	if err := v.call(http.MethodPost, "/v1/match/"+v.registry.ID, "", question, &answer); err != nil {
		return err
	}
	rules, err := v.c.Store.Rules(v.Context(), v.registry.ID)
	if err != nil {
		return err
	}
	page.Asked, page.Ignored = true, answer.Ignored
	shown := answer.Events[:min(len(answer.Events), maxWhyEvents)]
	page.Unshown = len(answer.Events) - len(shown)
	for _, one := range shown {
		page.Events = append(page.Events, sortVerdicts(one.Event, one.Triggers, page.Filter, rules.Set))
	}
	return nil
}

// sortVerdicts parts the triggers that match from the others, and shows those whose name
// holds the filter.
func sortVerdicts(event trigger.Event, all []trigger.Verdict, filter string, set *trigger.Set) whyEvent {
	e := whyEvent{Event: event}
	filter = strings.ToLower(filter)
	for _, one := range all {
		list := &e.Others
		if one.Matched {
			list = &e.Matched
		}
		list.All++
		if !strings.Contains(one.TriggerName, filter) {
			continue
		}
		if list.Found++; list.Found <= maxVerdicts {
			list.Shown = append(list.Shown, newVerdict(one, set))
		}
	}
	return e
}

// newVerdict adds the rule that a verdict is about.
func newVerdict(one trigger.Verdict, set *trigger.Set) verdict {
	full := verdict{Verdict: one}
	t, found := set.Trigger(one.TriggerID)
	if !found { // deleted in this moment
		return full
	}
	full.Rule = t.Rule
	for _, field := range []struct {
		name, text string
		kind       trigger.Field
	}{
		{"namespace", t.Rule.Namespace, trigger.FieldNamespace},
		{"repository", t.Rule.Repository, trigger.FieldRepository},
		{"tag", t.Rule.Tag, trigger.FieldTag},
	} {
		parsed, err := trigger.ParsePattern(t.Rule.Dialect, field.kind, field.text)
		if err != nil {
			continue // the verdict says it
		}
		if effective := parsed.Effective(); field.text != "" && !slices.Equal(effective, []string{field.text}) {
			full.Patterns = append(full.Patterns, pattern{Field: field.name, Effective: effective})
		}
	}
	return full
}
