package trigger

import (
	"cmp"
	"slices"
)

// Set is the compiled triggers of one registry. It never changes and is safe
// for concurrent use.
type Set struct {
	// triggers and rules stand side by side in the order of ids.
	triggers []Trigger
	rules    []rule
	// named and wild are the numbers of the rules that may match an action, in
	// ascending order: by the namespaces that a rule lists, or for any namespace.
	named map[place][]int32
	wild  map[Action][]int32
	// actions are those that any rule may match.
	actions map[Action]bool
}

// place is where an exact namespace is looked up.
type place struct {
	action    Action
	namespace string
}

// Match is a trigger that an event fires.
type Match struct {
	Trigger *Trigger
	// Resources are those of the event whose tag matches. They may be the
	// event's own slice: do not change them.
	Resources []Resource
}

// Compile makes a set of one registry's triggers, whose ids differ. It keeps
// its own copy of them. A trigger that is disabled, or whose stored pattern is
// not accepted any more, is in the set but never matches.
func Compile(triggers []Trigger) *Set {
	s := &Set{
		triggers: make([]Trigger, len(triggers)),
		rules:    make([]rule, len(triggers)),
		named:    make(map[place][]int32),
		wild:     make(map[Action][]int32),
		actions:  make(map[Action]bool),
	}
	for i := range triggers {
		s.triggers[i] = triggers[i].clone()
	}
	slices.SortFunc(s.triggers, func(a, b Trigger) int { return cmp.Compare(a.ID, b.ID) })
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
		names, listed := r.namespace.literals()
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
func (s *Set) Match(dst []Match, e *Event) []Match {
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
		if resources, failed := r.decide(&c); failed == clauseNone {
			dst = append(dst, Match{Trigger: r.trigger, Resources: resources})
		}
	}
	return dst
}

// Wants reports whether there is a trigger that an event of this action may fire.
func (s *Set) Wants(action Action) bool { return s.actions[action] }

// Trigger returns the trigger with this id. It must not be changed.
func (s *Set) Trigger(id ID) (*Trigger, bool) {
	i, found := slices.BinarySearchFunc(s.triggers, id, func(t Trigger, id ID) int { return cmp.Compare(t.ID, id) })
	if !found {
		return nil, false
	}
	return &s.triggers[i], true
}

// Triggers returns every trigger in the order of ids. They must not be changed.
func (s *Set) Triggers() []*Trigger {
	all := make([]*Trigger, len(s.triggers))
	for i := range s.triggers {
		all[i] = &s.triggers[i]
	}
	return all
}

// clone copies the trigger and all that it holds.
func (t *Trigger) clone() Trigger {
	c := *t
	c.Actions = slices.Clone(t.Actions)
	c.Targets = slices.Clone(t.Targets)
	for i := range c.Targets {
		headers := slices.Clone(c.Targets[i].Headers)
		for j := range headers {
			headers[j].Values = slices.Clone(headers[j].Values)
		}
		c.Targets[i].Headers = headers
	}
	return c
}
