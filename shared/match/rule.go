package match

import (
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// rule is the compiled matching part of one trigger.
type rule struct {
	trigger                    *shipbell.Trigger
	namespace, repository, tag *pattern.Pattern
	// chartTag is the pattern of a chart's tag if it is another one: Helm writes the plus
	// of a version as an underscore.
	chartTag *pattern.Pattern
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
	if strings.Contains(t.Rule.Tag, "+") && t.Rule.Dialect != pattern.Doublestar {
		// What cannot be written so matches nothing more.
		if p, err := known.parse(t.Rule.Dialect, pattern.Tag, strings.ReplaceAll(t.Rule.Tag, "+", "_")); err == nil {
			r.chartTag = p
		}
	}
	return r
}

// matchesTag reports whether the tag of an event's resource matches.
func (r *rule) matchesTag(action shipbell.Action, tag string) bool {
	if r.tag.Match(tag) {
		return true
	}
	chart := action == shipbell.UploadChart || action == shipbell.DeleteChart || action == shipbell.DownloadChart
	return chart && r.chartTag != nil && r.chartTag.Match(tag)
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

// passed is how many clauses come before the one that failed, or all for none.
func (c clause) passed() int {
	if c == clauseNone {
		return int(clauseTag)
	}
	return int(c) - 1
}

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
	resources := r.resources(c.event)
	if len(resources) == 0 {
		return nil, clauseTag
	}
	return resources, clauseNone
}

// resources are those whose tag matches: all itself when every one does.
func (r *rule) resources(e *shipbell.Event) []shipbell.Resource {
	all, matching := e.Resources, 0
	for i := range all {
		if r.matchesTag(e.Action, all[i].Tag) {
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
		if r.matchesTag(e.Action, resource.Tag) {
			some = append(some, resource)
		}
	}
	return some
}
