package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Joins reports whether an event is one of a burst by the rules of its registry, so that
// Join takes it. What nothing wants goes without.
func Joins(rules *Rules, e *shipbell.Event) bool {
	if rules.Registry.MergeWindow == 0 || !rules.Registry.KeepUnmatched && !rules.Fire(e) {
		return false
	}
	_, ok := burstName(e)
	return ok
}

// Join makes an event of a burst durable, as Accept does with others. The answer names the
// burst, and the deliveries that it makes for the triggers that match the event now. They
// are made when the burst is closed, by CloseBurst: it matches again, with the tags of all
// members.
//
// The event sent again is a repeat, in whatever state the burst is. If it came before there
// was a merge window, it is accepted as then.
func (s *Store) Join(ctx context.Context, rules *Rules, e *shipbell.Event, created func([]shipbell.Delivery)) (Accepted, error) {
	name, ok := burstName(e)
	if !ok {
		return s.Accept(ctx, rules.Registry.ID, e, rules.Set.Matches, created)
	}
	j := joining{store: s, registry: rules.Registry.ID, name: name, window: rules.Registry.Window(), event: e, matches: rules.Set.Matches, created: created}
	return j.join(ctx)
}

// joining is what Join knows.
type joining struct {
	store          *Store
	registry, name string
	window         time.Duration
	event          *shipbell.Event
	matches        Matches
	created        func([]shipbell.Delivery)
}

// receipts is what is stored of an event and of its burst.
type receipts struct {
	own  platform.Item
	said receipt // what own holds
	at   platform.Item
	// burst is what at holds, or nil.
	burst *burst
}

func (j *joining) join(ctx context.Context) (joined Accepted, err error) {
	err = j.store.retry(ctx, func() error {
		joined, err = j.try(ctx)
		return err
	})
	return joined, err
}

// try joins the burst that is open, or begins one. It is platform.ErrConflict if it is to
// be tried again.
func (j *joining) try(ctx context.Context) (Accepted, error) {
	r, err := j.read(ctx)
	if err != nil {
		return Accepted{}, err
	}
	ref := r.said.Burst
	if r.own.Version != 0 && ref == nil { // it came without a burst, or its receipt is damaged
		return j.store.Accept(ctx, j.registry, j.event, j.matches, j.created)
	}
	if ref != nil {
		if joined, found, err := j.find(ctx, r); found || err != nil {
			return joined, err
		}
	}
	now := j.store.o.Now().UTC()
	if r.burst != nil && (!r.burst.Closed.IsZero() || r.burst.over(now)) {
		return Accepted{}, j.makeRoom(ctx, r)
	}
	return j.add(ctx, r, now)
}

// read reads the receipt of the event, and the burst that this names or else the event
// belongs to.
func (j *joining) read(ctx context.Context) (r receipts, err error) {
	items, err := j.store.items.Get(ctx, receiptKey(j.registry, j.event.ID), burstKey(j.registry, j.name))
	if err != nil {
		return r, err
	}
	r.own, r.at = items[0], items[1]
	if j.store.decode(ctx, r.own, &r.said) != nil {
		r.said = receipt{}
	}
	if ref := r.said.Burst; ref != nil && ref.Key != j.name {
		// It came otherwise then: it stays what it was.
		j.name = ref.Key
		if items, err = j.store.items.Get(ctx, burstKey(j.registry, j.name)); err != nil {
			return r, err
		}
		r.at = items[0]
	}
	r.burst = j.store.readBurst(ctx, r.at)
	return r, nil
}

// find looks for the event in the burst that its receipt names. found is false if it is
// not there, nor ever will be, or only if it is added now.
func (j *joining) find(ctx context.Context, r receipts) (joined Accepted, found bool, err error) {
	ref := r.said.Burst
	if b := r.burst; b != nil && b.ID == ref.ID {
		switch {
		case !b.has(j.event.ID):
			return joined, false, nil
		case b.Closed.IsZero():
			return j.joined(b.ID, b.ReceivedAt, nil), true, nil
		}
		if err := j.close(ctx, r); err != nil {
			return joined, false, err
		}
	}
	// The burst is finished, or never began.
	first := r.said
	if first.Members == nil {
		if _, _, err := j.store.get(ctx, receiptKey(j.registry, ref.ID), &first); err != nil && shipbell.KindOf(err) != shipbell.Damaged {
			return joined, false, err
		}
	}
	if !slices.Contains(first.Members, j.event.ID) {
		return joined, false, nil
	}
	ids, err := j.store.ids(ctx, eventPartition(j.registry, ref.ID), &first)
	if err != nil && !errors.Is(err, errMissing) {
		return joined, false, err
	}
	return j.joined(ref.ID, first.ReceivedAt, append([]shipbell.DeliveryID{}, ids...)), true, nil
}

// joined is the answer for an event that is in a burst. made are the deliveries that were
// made of the burst, or nil if none were yet.
func (j *joining) joined(id string, receivedAt time.Time, made []shipbell.DeliveryID) Accepted {
	e := *j.event
	e.ID = id
	a := j.store.acceptance(j.registry, &e, j.matches, nil)
	a.receipt.ReceivedAt = receivedAt
	if made != nil {
		a.knows(made)
	}
	a.find()
	return Accepted{Deliveries: a.ids, Burst: id, Repeat: true}
}

// add writes that the event is in the open burst, or that it begins one. The receipt comes
// first and guards the other write.
func (j *joining) add(ctx context.Context, r receipts, now time.Time) (Accepted, error) {
	begins := r.burst == nil
	b := r.burst
	if begins {
		received := now.Truncate(time.Millisecond)
		b = &burst{ID: j.event.ID, ReceivedAt: received, Until: received.Add(j.window), Event: *j.event, Trace: j.event.Trace}
		if err := j.store.keepClock(ctx); err != nil {
			return Accepted{}, err
		}
	}
	joined := j.joined(b.ID, b.ReceivedAt, nil)
	joined.Repeat = false
	more := b.with(j.event, len(joined.Deliveries) > 0)
	due := r.at.Due
	if begins {
		due = j.store.burstDue(&more, now)
	}
	item, err := j.store.burstItem(j.registry, j.name, &more, due)
	if err != nil {
		return Accepted{}, err
	}
	if !begins && (len(more.Members) > maxMembers || len(item.Value) > maxBurst) {
		return Accepted{}, j.makeRoom(ctx, r)
	}
	writes := []platform.Write{{Item: item, If: platform.Condition(r.at.Version)}}
	if ref := (burstRef{ID: b.ID, Key: j.name}); r.said.Burst == nil || *r.said.Burst != ref {
		pointer, err := j.pointer(r, ref, now)
		if err != nil {
			return Accepted{}, err
		}
		writes[0].Guarded = true
		writes = slices.Insert(writes, 0, pointer)
	}
	if err := platform.First(j.store.items.Write(ctx, writes...)); err != nil {
		return Accepted{}, err
	}
	if begins && j.window <= j.store.o.MaxDelay {
		m, err := burstMessage(j.registry, j.name, &more, j.window)
		if err != nil {
			return Accepted{}, err
		}
		joined.Wake = &m
	}
	return joined, nil
}

// pointer is the write of a receipt that names a burst.
func (j *joining) pointer(r receipts, ref burstRef, now time.Time) (platform.Write, error) {
	said := receipt{ReceivedAt: r.said.ReceivedAt, Burst: &ref}
	if said.ReceivedAt.IsZero() {
		said.ReceivedAt = now.Truncate(time.Millisecond)
	}
	value, err := json.Marshal(said)
	if err != nil {
		return platform.Write{}, fmt.Errorf("encode receipt of event %s: %w", j.event.ID, err)
	}
	return platform.Write{If: platform.Condition(r.own.Version), Item: platform.Item{
		Key: r.own.Key, Value: value, Expires: j.store.expires(now),
	}}, nil
}

// close closes the burst that was read, and makes its deliveries.
func (j *joining) close(ctx context.Context, r receipts) error {
	return j.store.closeBurst(ctx, j.registry, j.name, hashOf([]byte(r.burst.ID)), j.created)
}

// makeRoom closes a burst that takes no more, so that another can begin: with
// platform.ErrConflict it asks for that.
func (j *joining) makeRoom(ctx context.Context, r receipts) error {
	if err := j.close(ctx, r); err != nil {
		return err
	}
	return platform.ErrConflict
}
