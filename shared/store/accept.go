package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Matches finds the triggers that an event fires. It may be called several times, also
// with an event other than the one that came.
type Matches = func(*shipbell.Event) iter.Seq[shipbell.Match]

// acceptTime is how long it may take to make rows and write them.
const acceptTime = 15 * time.Second

// Accepted is what became of an event.
type Accepted struct {
	// Deliveries are the ids of all its deliveries.
	Deliveries []shipbell.DeliveryID
	// Repeat tells that it came before.
	Repeat bool
	// Burst is the id of the event that it makes together with others, or "". Then the
	// deliveries are those that are made when the burst is closed.
	Burst string
	// Wake is the message about a burst that has just begun, to be sent, or nil.
	Wake *platform.Message
	// Learned tells that the catalog has the records. Otherwise they are still to be
	// written.
	Learned bool
}

// Accept makes an event and its deliveries durable and answers the ids of all of them.
// An event without deliveries is not kept. It calls created with those that were not there
// yet, some at a time, once they are stored: nothing here grows with their number but the
// ids.
//
// If the event came before, only deliveries that were made then are made, of the event
// as it was then. A crash leaves an event that was not acknowledged; sent again, it gets
// the deliveries that are missing.
//
// learn is what the event teaches the catalog. It must not be there before the deliveries
// are: an event that is sent again after a failure is completed from the catalog as it was.
// So it is written here only where it is one atomic call with all of them.
func (s *Store) Accept(ctx context.Context, registry string, e *shipbell.Event, matches Matches, created func([]shipbell.Delivery), learn ...shipbell.Record) (Accepted, error) {
	a := s.acceptance(registry, e, matches, created)
	for _, one := range s.Catalog(registry).writes(learn) {
		one.Guarded = true
		a.learn = append(a.learn, one)
	}
	if a.find(); len(a.ids) == 0 {
		return Accepted{Deliveries: a.ids}, nil
	}
	first, err := a.keep(ctx)
	if err != nil {
		return Accepted{}, err
	}
	if err := a.create(ctx, first); !errors.Is(err, platform.ErrConflict) {
		return Accepted{Deliveries: a.ids, Learned: a.learned}, err
	}
	if err := a.again(ctx); errors.Is(err, errInBurst) {
		j := joining{store: s, registry: registry, name: a.receipt.Burst.Key, event: e, matches: matches, created: created}
		return j.join(ctx)
	} else if err != nil {
		return Accepted{}, err
	}
	a.find()
	return Accepted{Deliveries: a.ids, Repeat: !a.first}, a.create(ctx, nil)
}

func (s *Store) acceptance(registry string, e *shipbell.Event, matches Matches, created func([]shipbell.Delivery)) acceptance {
	return acceptance{
		store: s, registry: registry, partition: eventPartition(registry, e.ID), event: e, matches: matches, created: created, first: true,
		receipt: receipt{ReceivedAt: s.o.Now().UTC().Truncate(time.Millisecond)},
	}
}

// acceptance is what Accept knows.
type acceptance struct {
	store               *Store
	registry, partition string
	event               *shipbell.Event
	matches             Matches
	created             func([]shipbell.Delivery)
	receipt             receipt
	// due is when the deliveries are due, zero if at once.
	due time.Time
	// known are the deliveries of an event that came before, or nil.
	known map[shipbell.DeliveryID]bool
	// until is how long the event is kept at least, for triggers with waits of their own.
	until time.Time
	// ids are of all deliveries.
	ids []shipbell.DeliveryID
	// first is false for an event that came before.
	first bool
	// size is how many bytes the event has in the store.
	size int
	// replay is set where deliveries are made long after the receipt.
	replay *replay
	// learn are the writes to the catalog, and learned tells that they were made.
	learn   []platform.Write
	learned bool
	// pickedIn is the last selection of resources that was kept in chunks.
	pickedIn *shipbell.Chunks
}

// deliveries are those of the event, one after the other.
func (a *acceptance) deliveries() iter.Seq[*shipbell.Delivery] {
	return func(yield func(*shipbell.Delivery) bool) {
		for m := range a.matches(a.event) {
			of := shipbell.NewDeliveries(a.registry, a.event, []shipbell.Match{m}, a.receipt.ReceivedAt)
			for i := range of {
				if !a.due.IsZero() {
					of[i].NextAttemptAt = a.due
				}
				begun := a.receipt.ReceivedAt
				if a.replay != nil {
					a.replay.begin(&of[i])
					begun = a.replay.now
				}
				if retry := m.Trigger.Retry; len(retry) > 0 {
					until := a.store.outlives(begun, retry)
					of[i].Expires, a.until = later(of[i].Expires, until), later(a.until, until)
				}
				if a.wants(&of[i]) && !yield(&of[i]) {
					return
				}
			}
		}
	}
}

// wants reports whether a delivery is one of the event. Of an event that came before, only
// those are that were made then, and in a replay those that it makes; those that an older
// version made keep the ids that it gave them.
func (a *acceptance) wants(d *shipbell.Delivery) bool {
	switch {
	case a.replay != nil:
		return a.replay.wants(d)
	case a.known == nil:
		return true
	}
	if former := d.FormerID(); !a.known[d.ID] && a.known[former] {
		d.ID = former
	}
	return a.known[d.ID]
}

// find sets the ids of the deliveries.
func (a *acceptance) find() {
	a.ids = []shipbell.DeliveryID{}
	for d := range a.deliveries() {
		a.ids = append(a.ids, d.ID)
	}
}

// keep writes what is too long for the receipt, and gives the write of the receipt: it
// comes last, so that what it names is there.
func (a *acceptance) keep(ctx context.Context) (*platform.Write, error) {
	expires := later(a.store.expires(a.receipt.ReceivedAt), a.until)
	size, err := a.store.keepBody(ctx, a.partition, &a.receipt, a.event, expires)
	if err != nil {
		return nil, err
	}
	a.size = size
	if err := a.store.nameDeliveries(ctx, a.partition, &a.receipt, a.ids, expires); err != nil {
		return nil, err
	}
	value, err := json.Marshal(a.receipt)
	if err != nil {
		return nil, fmt.Errorf("encode receipt of event %s: %w", a.event.ID, err)
	}
	return &platform.Write{If: platform.Absent, Item: platform.Item{
		Key: receiptKey(a.registry, a.event.ID), Value: value, Expires: expires,
	}}, nil
}

// knows sets the deliveries of an event that came before.
func (a *acceptance) knows(ids []shipbell.DeliveryID) {
	a.known = make(map[shipbell.DeliveryID]bool, len(ids))
	for _, id := range ids {
		a.known[id] = true
	}
}

// errInBurst tells that an event came before and is one of a burst.
var errInBurst = errors.New("the event is one of a burst")

// again goes on with the first receipt of the event. The event itself may have come
// otherwise now. A receipt without an event is that of an older version, or what it
// named is damaged; then it gets the event that came now.
func (a *acceptance) again(ctx context.Context) error {
	var first receipt
	item, found, err := a.store.get(ctx, receiptKey(a.registry, a.event.ID), &first)
	if shipbell.KindOf(err) == shipbell.Damaged {
		// When it came first cannot be known any more. The sender would repeat it for
		// ever, so it counts as a new event: its deliveries may come twice.
		return a.replace(ctx, item, a.receipt)
	}
	if err != nil || !found {
		return errors.Join(err, unavailable(platform.ErrConflict))
	}
	if first.Burst != nil && a.receipt.Burst == nil {
		a.receipt = first
		return errInBurst
	}
	ids, err := a.store.ids(ctx, a.partition, &first)
	if err != nil && !errors.Is(err, errMissing) {
		return err
	}
	if err == nil {
		a.knows(ids)
	}
	switch {
	case first.Body == nil:
		err = errMissing
	case *first.Body == *a.receipt.Body:
		err = nil
	default:
		var e *shipbell.Event
		if e, err = a.store.event(ctx, a.partition, *first.Body); err == nil {
			e.Trace = a.event.Trace
			a.event = e
		}
	}
	if errors.Is(err, errMissing) {
		first.Event, first.Body = a.receipt.Event, a.receipt.Body
		err = a.replace(ctx, item, first)
	}
	a.receipt, a.first = first, false
	return err
}

// replace writes a receipt in place of the one that was read.
func (a *acceptance) replace(ctx context.Context, item platform.Item, r receipt) (err error) {
	if item.Value, err = json.Marshal(r); err != nil {
		return fmt.Errorf("encode receipt of event %s: %w", a.event.ID, err)
	}
	if item.Expires.IsZero() {
		item.Expires = later(a.store.expires(r.ReceivedAt), a.until)
	}
	err = a.store.write(ctx, platform.Write{Item: item, If: platform.Condition(item.Version)})
	if errors.Is(err, platform.ErrConflict) {
		err = unavailable(err) // somebody else was first
	}
	return err
}
