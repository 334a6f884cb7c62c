// Package match finds the triggers of a registry that an event fires, and explains
// for every other trigger which of its conditions the event does not meet.
package match

import (
	"cmp"
	"iter"
	"slices"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Set is the compiled triggers of one registry. It never changes and is safe
// for concurrent use.
type Set struct {
	// triggers and rules stand side by side in the order of ids.
	triggers []shipbell.Trigger
	rules    []rule
	// named and wild are the numbers of the rules that may match an action, in
	// ascending order: by the namespaces that a rule lists, or for any namespace.
	named map[place][]int32
	wild  map[shipbell.Action][]int32
	// actions are those that any rule may match.
	actions map[shipbell.Action]bool
}

// place is where an exact namespace is looked up.
type place struct {
	action    shipbell.Action
	namespace string
}

// Compile makes a set of one registry's triggers, whose ids differ. It keeps
// its own copy of them. A trigger that is disabled, or whose stored pattern is
// not accepted any more, is in the set but never matches.
func Compile(triggers []shipbell.Trigger) *Set {
	s := &Set{
		triggers: make([]shipbell.Trigger, len(triggers)),
		rules:    make([]rule, len(triggers)),
		named:    make(map[place][]int32),
		wild:     make(map[shipbell.Action][]int32),
		actions:  make(map[shipbell.Action]bool),
	}
	for i := range triggers {
		s.triggers[i] = triggers[i].Clone()
	}
	slices.SortFunc(s.triggers, func(a, b shipbell.Trigger) int { return cmp.Compare(a.ID, b.ID) })
	known := make(patterns)
	for i := range s.triggers {
		s.rules[i] = newRule(&s.triggers[i], known)
		if s.rules[i].trigger.Enabled && s.rules[i].broken == nil {
			s.index(int32(i))
		}
	}
	return s
}

// index files a rule under the actions and namespaces that it can match.
func (s *Set) index(number int32) {
	r := &s.rules[number]
	for _, action := range r.trigger.Actions {
		s.actions[action] = true
		names, listed := r.namespace.Literals()
		if !listed {
			s.wild[action] = append(s.wild[action], number)
		}
		for _, name := range names {
			at := place{action, name}
			s.named[at] = append(s.named[at], number)
		}
	}
}

// Match appends the triggers that e fires to dst, in the order of their ids. It
// allocates only to grow dst, and for a trigger that matches some of the
// event's resources but not all.
func (s *Set) Match(dst []shipbell.Match, e *shipbell.Event) []shipbell.Match {
	return slices.AppendSeq(dst, s.Matches(e))
}

// Matches are the triggers that e fires, in the order of their ids. It keeps none of
// them: an event with many resources may fire many triggers.
func (s *Set) Matches(e *shipbell.Event) iter.Seq[shipbell.Match] {
	return func(yield func(shipbell.Match) bool) {
		c := newCandidate(e)
		named, wild := s.named[place{e.Action, c.namespace}], s.wild[e.Action]
		for len(named)+len(wild) > 0 {
			var number int32
			if len(wild) == 0 || len(named) > 0 && named[0] < wild[0] {
				number, named = named[0], named[1:]
			} else {
				number, wild = wild[0], wild[1:]
			}
			r := &s.rules[number]
			resources, failed := r.decide(&c)
			if failed == clauseNone && !yield(shipbell.Match{Trigger: r.trigger, Resources: resources}) {
				return
			}
		}
	}
}

// Wants reports whether there is a trigger that an event of this action may fire.
func (s *Set) Wants(action shipbell.Action) bool { return s.actions[action] }

// Trigger returns the trigger with this id. It must not be changed.
func (s *Set) Trigger(id shipbell.ID) (*shipbell.Trigger, bool) {
	i, found := slices.BinarySearchFunc(s.triggers, id, func(t shipbell.Trigger, id shipbell.ID) int { return cmp.Compare(t.ID, id) })
	if !found {
		return nil, false
	}
	return &s.triggers[i], true
}

// Triggers returns every trigger in the order of ids. They must not be changed.
func (s *Set) Triggers() []*shipbell.Trigger {
	all := make([]*shipbell.Trigger, len(s.triggers))
	for i := range s.triggers {
		all[i] = &s.triggers[i]
	}
	return all
}
