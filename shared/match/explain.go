package match

import (
	"slices"
	"strconv"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Verdict tells a person why a trigger matches an event or does not.
type Verdict struct {
	TriggerID   shipbell.ID
	TriggerName string
	Matched     bool
	// Passed is how many clauses matched before the first that failed, in the order in which
	// people read them: of two triggers that did not match, the one with more is nearer.
	Passed int
	// Reason is the first clause that failed, or that none did.
	Reason text.Message
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
			Passed:      failed.passed(),
			Reason:      r.reason(&c, failed),
		}
	}
	return verdicts
}

// reason puts the outcome of decide into words.
func (r *rule) reason(c *candidate, failed clause) text.Message {
	wanted := &r.trigger.Rule
	switch failed {
	case clauseEnabled:
		return text.New(text.MatchDisabled)
	case clauseValid:
		return text.Of(r.broken)
	case clauseAction:
		return text.New(text.MatchAction, c.event.Action, r.trigger.Actions)
	case clauseLength:
		return text.New(text.MatchRepositoryTooLong, pattern.Repository.Limit())
	case clauseNamespace:
		return text.New(text.MatchNamespace, quote(c.namespace), wanted.Namespace)
	case clauseRepository:
		return text.New(text.MatchRepository, quote(c.name), wanted.Repository)
	case clauseTag:
		return tagReason(c.event.Resources, wanted.Tag)
	}
	return text.New(text.MatchEveryClause)
}

func tagReason(resources []shipbell.Resource, wanted string) text.Message {
	var tags []any
	for _, resource := range resources {
		if t := quote(resource.Tag); !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	switch {
	case len(tags) == 0:
		return text.New(text.MatchNothingNamed)
	case len(tags) == 1 && !pattern.Tag.Fits(resources[0].Tag):
		return text.New(text.MatchTagTooLong, pattern.Tag.Limit())
	case len(tags) == 1:
		return text.New(text.MatchTag, tags[0], wanted)
	}
	return text.New(text.MatchTags, tags, wanted)
}

// quote shows a name of an event, which may be absent.
func quote(name string) any {
	if name == "" {
		return text.PartNone
	}
	return strconv.Quote(name)
}
