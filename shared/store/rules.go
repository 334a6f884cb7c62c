package store

import (
	"context"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Rules are a registry and its triggers, compiled.
type Rules struct {
	Registry shipbell.Registry
	// Set lacks the triggers that are damaged.
	Set *match.Set

	damaged map[shipbell.ID]bool
}

// Destination answers where a delivery is to be sent, as its trigger is now, or the
// reason why it may not be sent any more.
func (r *Rules) Destination(d *shipbell.Delivery) (target shipbell.Target, reason text.Code) {
	t, found := r.Set.Trigger(d.TriggerID)
	switch {
	case r.damaged[d.TriggerID]:
		return target, text.CancelledTriggerDamaged
	case !found:
		return target, text.CancelledTriggerDeleted
	case !t.Enabled:
		return target, text.CancelledTriggerDisabled
	}
	if target, found = t.TargetOf(d); !found {
		return target, text.CancelledTargetRemoved
	}
	return target, ""
}

// cachedRules are the rules of one registry as last read. Its lock makes callers
// wait for one read instead of reading each.
type cachedRules struct {
	sync.Mutex
	rules      *Rules
	revision   int64
	checkedAt  time.Time
	compiledAt time.Time
}

// recompileAfter is how long compiled rules may be used although the revision
// stands: who changed a trigger may have died before counting the revision up.
const recompileAfter = time.Minute

// Rules returns a registry's compiled triggers, or a NotFound error. They are
// kept and checked again after a second, so a change made anywhere is in force
// within that time; one made through this store is at once.
func (s *Store) Rules(ctx context.Context, registry string) (*Rules, error) {
	s.mu.Lock()
	cached := s.rules[registry]
	if cached == nil {
		cached = &cachedRules{}
		s.rules[registry] = cached
	}
	s.mu.Unlock()

	cached.Lock()
	defer cached.Unlock()
	now := s.o.Now()
	if cached.rules != nil && now.Sub(cached.checkedAt) < freshFor {
		return cached.rules, nil
	}
	r, revision, err := s.registry(ctx, registry)
	if err != nil {
		s.forgetRules(registry)
		return nil, err
	}
	if cached.rules == nil || revision != cached.revision || now.Sub(cached.compiledAt) >= recompileAfter {
		rules, err := s.compile(ctx, r.Registry)
		if err != nil {
			return nil, err
		}
		cached.rules, cached.revision, cached.compiledAt = rules, revision, now
	}
	cached.checkedAt = now
	return cached.rules, nil
}

// CurrentRules is Rules, but checked now: for a decision that a change of the last
// second would turn.
func (s *Store) CurrentRules(ctx context.Context, registry string) (*Rules, error) {
	s.mu.Lock()
	cached := s.rules[registry]
	s.mu.Unlock()
	if cached != nil {
		cached.Lock()
		cached.checkedAt = time.Time{}
		cached.Unlock()
	}
	return s.Rules(ctx, registry)
}

func (s *Store) compile(ctx context.Context, registry shipbell.Registry) (*Rules, error) {
	var triggers []shipbell.Trigger
	rules := &Rules{Registry: registry, damaged: map[shipbell.ID]bool{}}
	for item, err := range s.items.Each(ctx, platform.Range{Partition: triggerPartition(registry.ID)}) {
		if err != nil {
			return nil, err
		}
		if t, err := s.decodeTrigger(ctx, registry.ID, item); err == nil {
			triggers = append(triggers, t)
		} else {
			rules.damaged[triggerIDOf(item.Key)] = true
		}
	}
	rules.Set = match.Compile(triggers)
	return rules, nil
}

func (s *Store) forgetRules(registry string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rules, registry)
}
