// Package match finds the triggers of a registry that an event fires, and explains
// for every other trigger which of its conditions the event does not meet.
package match

import (
	"cmp"
	"iter"
	"slices"
	"sync"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Set is the compiled triggers of one registry. It never changes and is safe
// for concurrent use.
type Set struct {
	// triggers and rules stand side by side in the order of ids.
	triggers []shipbell.Trigger
	rules    []rule
	index    index
	// working holds the memory of searches that ended, for the next ones.
	working sync.Pool
}

// Compile makes a set of one registry's triggers, whose ids differ. It keeps
// its own copy of them. A trigger that is disabled, or whose stored pattern is
// not accepted any more, is in the set but never matches.
func Compile(triggers []shipbell.Trigger) *Set {
	s := &Set{
		triggers: make([]shipbell.Trigger, len(triggers)),
		rules:    make([]rule, len(triggers)),
	}
	for i := range triggers {
		s.triggers[i] = triggers[i].Clone()
	}
	slices.SortFunc(s.triggers, func(a, b shipbell.Trigger) int { return cmp.Compare(a.ID, b.ID) })
	known := make(patterns)
	for i := range s.triggers {
		s.rules[i] = newRule(&s.triggers[i], known)
	}
	s.index = newIndex(s.rules)
	return s
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
		if !c.fits {
			return
		}
		w, _ := s.working.Get().(*work)
		if w == nil {
			w = s.index.newWork(len(s.rules))
		}
		s.index.search(w, &c)
		w.fired.take(func(number int) bool {
			m := shipbell.Match{Trigger: &s.triggers[number], Resources: e.Resources}
			if len(e.Resources) > 1 { // else the one matches
				m.Resources = s.rules[number].resources(e)
			}
			return yield(m)
		})
		s.working.Put(w)
	}
}

// Wants reports whether there is a trigger that an event of this action may fire.
func (s *Set) Wants(action shipbell.Action) bool { return s.index.actions&bitOf(action) != 0 }

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
