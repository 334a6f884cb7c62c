package console

import (
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// whyEvent is what becomes of one event.
type whyEvent struct {
	shipbell.Event
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
	match.Verdict
	Rule shipbell.Rule
	// Patterns are those that the rule's texts stand for, where they are not all.
	Patterns []effectivePattern
}

// effectivePattern is what the text of one field of a rule stands for.
type effectivePattern struct {
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

// explain puts on the page what becomes of events.
func (v *visit) explain(page *whyPage, explained app.Explanation) error {
	set, err := v.set()
	if err != nil {
		return err
	}
	page.Asked, page.Ignored = true, explained.Ignored
	shown := explained.Events[:min(len(explained.Events), maxWhyEvents)]
	page.Unshown = len(explained.Events) - len(shown)
	for _, one := range shown {
		page.Events = append(page.Events, sortVerdicts(one.Event, one.Triggers, page.Filter, set))
	}
	return nil
}

// sortVerdicts parts the triggers that match from the others, and shows those whose name
// holds the filter.
func sortVerdicts(event shipbell.Event, all []match.Verdict, filter string, set *match.Set) whyEvent {
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
func newVerdict(one match.Verdict, set *match.Set) verdict {
	full := verdict{Verdict: one}
	t, found := set.Trigger(one.TriggerID)
	if !found { // deleted in this moment
		return full
	}
	full.Rule = t.Rule
	for _, field := range []struct {
		name, text string
		kind       pattern.Field
	}{
		{"namespace", t.Rule.Namespace, pattern.Namespace},
		{"repository", t.Rule.Repository, pattern.Repository},
		{"tag", t.Rule.Tag, pattern.Tag},
	} {
		parsed, err := pattern.Parse(t.Rule.Dialect, field.kind, field.text)
		if err != nil {
			continue // the verdict says it
		}
		if effective := parsed.Effective(); field.text != "" && !slices.Equal(effective, []string{field.text}) {
			full.Patterns = append(full.Patterns, effectivePattern{Field: field.name, Effective: effective})
		}
	}
	return full
}
