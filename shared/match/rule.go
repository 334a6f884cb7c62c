package match

import (
	"slices"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// rule is the compiled matching part of one trigger.
type rule struct {
	trigger                    *shipbell.Trigger
	namespace, repository, tag *pattern.Pattern
	// broken is why a pattern cannot be compiled; the patterns are nil then.
	broken error
}

// patterns holds each distinct pattern of a set once.
type patterns map[patternKey]parsed

type patternKey struct {
	dialect pattern.Dialect
	field   pattern.Field
	text    string
}

type parsed struct {
	pattern *pattern.Pattern
	err     error
}

func (known patterns) parse(d pattern.Dialect, f pattern.Field, text string) (*pattern.Pattern, error) {
	key := patternKey{d, f, text}
	p, found := known[key]
	if !found {
		pattern, err := pattern.Parse(d, f, text)
		p = parsed{&pattern, err}
		known[key] = p
	}
	return p.pattern, p.err
}

func newRule(t *shipbell.Trigger, known patterns) rule {
	r := rule{trigger: t}
	for _, part := range []struct {
		name    text.Code
		field   pattern.Field
		pattern string
		into    **pattern.Pattern
	}{
		{text.PartNamespace, pattern.Namespace, t.Rule.Namespace, &r.namespace},
		{text.PartRepository, pattern.Repository, t.Rule.Repository, &r.repository},
		{text.PartTag, pattern.Tag, t.Rule.Tag, &r.tag},
	} {
		pattern, err := known.parse(t.Rule.Dialect, part.field, part.pattern)
		if err != nil {
			return rule{trigger: t, broken: text.New(text.MatchPatternInvalid, part.name, part.pattern, err)}
		}
		*part.into = pattern
	}
	return r
}

// candidate is an event with what every rule asks of it.
type candidate struct {
	event           *shipbell.Event
	namespace, name string
	// fits is false for a repository whose name no registry can have.
	fits bool
}

func newCandidate(e *shipbell.Event) candidate {
	c := candidate{event: e}
	c.namespace, c.name = e.Repository.Namespace(), e.Repository.Name()
	c.fits = pattern.Namespace.Fits(c.namespace) && pattern.Repository.Fits(c.name)
	return c
}

// clause is a condition of a rule that an event can fail.
type clause int

const (
	clauseNone clause = iota
	clauseEnabled
	clauseValid
	clauseAction
	clauseLength
	clauseNamespace
	clauseRepository
	clauseTag
)

// decide holds the rule's clauses against an event, in the order in which
// people read them. It gives the resources that match, or the first clause that
// failed.
func (r *rule) decide(c *candidate) ([]shipbell.Resource, clause) {
	switch {
	case !r.trigger.Enabled:
		return nil, clauseEnabled
	case r.broken != nil:
		return nil, clauseValid
	case !slices.Contains(r.trigger.Actions, c.event.Action):
		return nil, clauseAction
	case !c.fits:
		return nil, clauseLength
	case !r.namespace.MatchFitting(c.namespace):
		return nil, clauseNamespace
	case !r.repository.MatchFitting(c.name):
		return nil, clauseRepository
	}
	resources := r.resources(c.event.Resources)
	if len(resources) == 0 {
		return nil, clauseTag
	}
	return resources, clauseNone
}

// resources are those whose tag matches: all itself when every one does.
func (r *rule) resources(all []shipbell.Resource) []shipbell.Resource {
	matching := 0
	for i := range all {
		if r.tag.Match(all[i].Tag) {
			matching++
		}
	}
	if matching == len(all) {
		return all
	}
	if matching == 0 {
		return nil
	}
	some := make([]shipbell.Resource, 0, matching)
	for _, resource := range all {
		if r.tag.Match(resource.Tag) {
			some = append(some, resource)
		}
	}
	return some
}
