package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Verdict tells a person why a trigger matches an event or does not.
type Verdict struct {
	TriggerID   shipbell.ID `json:"trigger_id"`
	TriggerName string      `json:"trigger_name"`
	Matched     bool        `json:"matched"`
	// Reason is the first clause that failed, or that none did.
	Reason string `json:"reason"`
}

// Explain gives a verdict on every trigger of the set, in the order of ids.
// Those that matched are the ones that Match returns.
func (s *Set) Explain(e *shipbell.Event) []Verdict {
	c := newCandidate(e)
	verdicts := make([]Verdict, len(s.rules))
	for i := range s.rules {
		r := &s.rules[i]
		_, failed := r.decide(&c)
		verdicts[i] = Verdict{
			TriggerID:   r.trigger.ID,
			TriggerName: r.trigger.Name,
			Matched:     failed == clauseNone,
			Reason:      r.reason(&c, failed),
		}
	}
	return verdicts
}

// reason puts the outcome of decide into words.
func (r *rule) reason(c *candidate, failed clause) string {
	wanted := &r.trigger.Rule
	switch failed {
	case clauseEnabled:
		return "disabled"
	case clauseValid:
		return r.broken.Error()
	case clauseAction:
		return fmt.Sprintf("action %s is not among %s", c.event.Action, joined(r.trigger.Actions))
	case clauseLength:
		return fmt.Sprintf("the repository's name is longer than %d bytes or not UTF-8", pattern.Repository.Limit())
	case clauseNamespace:
		return fmt.Sprintf("namespace %s does not match %q", quote(c.namespace), wanted.Namespace)
	case clauseRepository:
		return fmt.Sprintf("repository %s does not match %q", quote(c.name), wanted.Repository)
	case clauseTag:
		return tagReason(c.event.Resources, wanted.Tag)
	}
	return "every clause matches"
}

func tagReason(resources []shipbell.Resource, wanted string) string {
	var tags []string
	for _, resource := range resources {
		if t := quote(resource.Tag); !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	switch {
	case len(tags) == 0:
		return "the event names no image or chart"
	case len(tags) == 1 && !pattern.Tag.Fits(resources[0].Tag):
		return fmt.Sprintf("the tag is longer than %d bytes or not UTF-8", pattern.Tag.Limit())
	case len(tags) == 1:
		return fmt.Sprintf("tag %s does not match %q", tags[0], wanted)
	}
	return fmt.Sprintf("none of the tags %s matches %q", strings.Join(tags, ", "), wanted)
}

// quote shows a name of an event, which may be absent.
func quote(name string) string {
	if name == "" {
		return "(none)"
	}
	return fmt.Sprintf("%q", name)
}

// joined lists actions for a person.
func joined(actions []shipbell.Action) string {
	words := make([]string, len(actions))
	for i, action := range actions {
		words[i] = string(action)
	}
	return strings.Join(words, ", ")
}
