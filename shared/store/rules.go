package store

import (
	"context"
	"strconv"
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

// Damaged is how many triggers cannot be read.
func (r *Rules) Damaged() int { return len(r.damaged) }

// Fire reports whether an event fires any trigger.
func (r *Rules) Fire(e *shipbell.Event) bool {
	for range r.Set.Matches(e) {
		return true
	}
	return false
}

// Destination answers where a delivery is to be sent, as its trigger is now, or the
// reason why it may not be sent any more.
func (r *Rules) Destination(d *shipbell.Delivery) (target shipbell.Target, reason text.Code) {
	t, found := r.Set.Trigger(d.TriggerID)
	if r.damaged[d.TriggerID] {
		return target, text.CancelledTriggerDamaged
	}
	if !found {
		return target, text.CancelledTriggerDeleted
	}
	return destination(t, d)
}

func destination(t *shipbell.Trigger, d *shipbell.Delivery) (target shipbell.Target, reason text.Code) {
	if !t.Enabled {
		return target, text.CancelledTriggerDisabled
	}
	target, found := t.TargetOf(d)
	if !found {
		return target, text.CancelledTargetRemoved
	}
	return target, ""
}

// Destination is where a delivery is to be sent.
type Destination struct {
	Target shipbell.Target
	// Retry is that of the delivery's trigger.
	Retry shipbell.Retry
}

// Destination is Rules.Destination by the delivery's one trigger, which is read alone and
// may be up to a second old. A reason not to send comes from a trigger that was read now.
// The registry's checkpoint comes with it, for the claim that is stored next.
func (s *Store) Destination(ctx context.Context, d *shipbell.Delivery) (to Destination, reason text.Code, err error) {
	now, key := s.o.Now(), triggerKey(d.Registry, d.TriggerID)
	if t, fresh := s.triggers.get(key, now); fresh {
		if to.Target, reason = destination(&t, d); reason == "" {
			to.Retry = t.Retry
			return to, "", nil
		}
	}
	items, err := s.items.Get(ctx, key, checkpointKey(d.Registry))
	if err != nil {
		return to, "", err
	}
	s.readCheckpoint(ctx, d.Registry, items[1])
	if items[0].Version == 0 {
		_, _, err := s.registry(ctx, d.Registry)
		switch shipbell.KindOf(err) {
		case shipbell.NotFound:
			return to, text.CancelledRegistryDeleted, nil
		case shipbell.Damaged:
			return to, text.CancelledRegistryDamaged, nil
		}
		return to, text.CancelledTriggerDeleted, err
	}
	t, err := s.decodeTrigger(ctx, d.Registry, items[0])
	if shipbell.KindOf(err) == shipbell.Damaged {
		return to, text.CancelledTriggerDamaged, nil
	}
	if err != nil {
		return to, "", err
	}
	s.triggers.put(key, t, now)
	to.Target, reason = destination(&t, d)
	to.Retry = t.Retry
	return to, reason, nil
}

// cachedRules are the rules of one registry as last read.
type cachedRules struct {
	mu       sync.Mutex
	rules    *Rules // nil until they were read
	revision revision
	// checkedAt is a time at which the revision was the store's.
	checkedAt time.Time
	// changes counts the changes made through this store, and checked is its value when
	// the rules were last checked.
	changes, checked int
	checking         *rulesCheck // the check under way, or nil
}

// rulesCheck is what callers wait for while another one checks the rules.
type rulesCheck struct {
	done chan struct{}
	// err is set before done is closed, unless it is about the checking caller alone.
	err error
}

// revision tells whether rules are those in the store: the version of the registry's
// record and the token of its triggers.
type revision struct {
	registry int64
	token    string
}

// overtimeFor is how long rules may be used, from when they were last checked, while
// one caller reads those that replace them.
const overtimeFor = 3 * time.Second

// Rules returns a registry's compiled triggers, or a NotFound error. They are kept and
// checked again after a second and after a change through this store. The caller that
// checks them waits while changed ones are read and compiled. Others go on with the old
// ones meanwhile, until those were checked three seconds ago. So a change made anywhere is
// in force after a second and the time of one compilation.
func (s *Store) Rules(ctx context.Context, registry string) (*Rules, error) {
	if !shipbell.ValidName(registry) {
		return nil, shipbell.NoRegistry(registry)
	}
	c := s.cachedRules(registry)
	for {
		c.mu.Lock()
		now := s.o.Now()
		rules, checking := c.rules, c.checking
		usable := rules != nil && platform.Fresh(c.checkedAt, now, freshFor) && c.checked == c.changes
		if checking != nil {
			usable = rules != nil && platform.Fresh(c.checkedAt, now, overtimeFor)
		} else if !usable {
			c.checking = &rulesCheck{done: make(chan struct{})}
		}
		c.mu.Unlock()
		if usable {
			return rules, nil
		}
		if checking == nil {
			return s.checkRules(ctx, registry, c, now)
		}
		select {
		case <-checking.done:
			if checking.err != nil {
				return nil, checking.err
			}
		case <-ctx.Done():
			return nil, shipbell.Wrap(shipbell.Unavailable, context.Cause(ctx), text.StoreUnavailable)
		}
	}
}

func (s *Store) cachedRules(registry string) *cachedRules {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.rules[registry]
	if c == nil {
		c = &cachedRules{}
		s.rules[registry] = c
	}
	return c
}

// checkRules reads the revision of a registry's rules, and the rules if it has changed.
func (s *Store) checkRules(ctx context.Context, registry string, c *cachedRules, now time.Time) (*Rules, error) {
	c.mu.Lock()
	rules, revision, changes := c.rules, c.revision, c.changes
	c.mu.Unlock()
	rules, revision, err := s.readRules(ctx, registry, rules, revision)
	if shipbell.KindOf(err) == shipbell.NotFound {
		s.mu.Lock()
		delete(s.rules, registry)
		s.mu.Unlock()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(c.checking.done)
	if err != nil && ctx.Err() == nil {
		c.checking.err = err
	}
	c.checking = nil
	if err != nil {
		return nil, err
	}
	c.rules, c.revision, c.checkedAt, c.checked = rules, revision, now, changes
	return rules, nil
}

// readRules gives the rules in the store and their revision: those that are known, unless
// the revision has changed.
func (s *Store) readRules(ctx context.Context, registry string, known *Rules, knownRevision revision) (*Rules, revision, error) {
	// The revision is read before the triggers: one that changes meanwhile is noticed.
	r, read, err := s.registryAt(ctx, registry)
	if err != nil {
		return nil, read, err
	}
	if known != nil && read == knownRevision {
		return known, read, nil
	}
	rules, err := s.compile(ctx, r.Registry, known)
	return rules, read, err
}

// compile reads the triggers of a registry. It decodes only those that differ from the
// known ones: their number and version are never used twice.
func (s *Store) compile(ctx context.Context, registry shipbell.Registry, known *Rules) (*Rules, error) {
	var triggers []shipbell.Trigger
	rules := &Rules{Registry: registry, damaged: map[shipbell.ID]bool{}}
	for item, err := range s.items.Each(ctx, platform.Range{Partition: triggerPartition(registry.ID)}) {
		if err != nil {
			return nil, err
		}
		if t, ok := known.at(item); ok {
			triggers = append(triggers, *t)
			continue
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

// at is the trigger that was decoded from an item, if it was.
func (r *Rules) at(item platform.Item) (*shipbell.Trigger, bool) {
	if r == nil {
		return nil, false
	}
	id, err := strconv.ParseInt(item.Sort, 10, 64)
	t, found := r.Set.Trigger(shipbell.ID(id))
	return t, err == nil && found && t.Version == item.Version
}

// changed has this store check a registry's rules before it uses them, and read a record
// of it again, after a change.
func (s *Store) changed(registry string, record platform.Key) {
	s.triggers.forget(record)
	s.mu.Lock()
	c := s.rules[registry]
	s.mu.Unlock()
	if c != nil {
		c.mu.Lock()
		c.changes++
		c.mu.Unlock()
	}
}
