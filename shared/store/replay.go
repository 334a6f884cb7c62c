package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// replay is what acceptance knows of an event whose deliveries are made long after its
// receipt.
type replay struct {
	now, until time.Time
	// had are the triggers that have deliveries of the event.
	had map[shipbell.ID]bool
}

// begin begins the schedule of a delivery now. It is kept for as long as that can take.
func (r *replay) begin(d *shipbell.Delivery) {
	d.Redeliver(r.now)
	d.Expires = r.until
}

// Replay makes the deliveries of an event that no trigger matched when it came, for those
// of the triggers that match now of which it has none yet: a trigger gets an event once,
// whatever its targets are by then. Their ids are of the event's receipt. It calls created
// as Accept does, and answers the ids of all new deliveries. kept is false, and nothing is
// made, if the event is not kept any more.
func (s *Store) Replay(ctx context.Context, registry string, u *UnmatchedEvent, matches Matches, created func([]shipbell.Delivery)) (ids []shipbell.DeliveryID, kept bool, err error) {
	if err := s.keepClock(ctx); err != nil {
		return nil, false, err
	}
	now := s.o.Now().UTC()
	a := s.acceptance(registry, u.Event, matches, created)
	a.receipt, a.first = u.receipt, false
	a.replay = &replay{now: now, until: s.outlives(now, nil), had: u.had()}
	a.known = make(map[shipbell.DeliveryID]bool, len(u.Deliveries))
	for _, id := range u.Deliveries {
		a.known[id] = true
	}
	a.find()
	a.replay.until = later(a.replay.until, a.until)
	if kept, err = s.extend(ctx, map[string]bool{}, a.partition, bodyKind, *a.receipt.Body, a.replay.until); err != nil || !kept {
		return nil, kept, err
	}
	for _, id := range a.ids {
		if !a.known[id] {
			ids = append(ids, id)
		}
	}
	// The receipt comes last: until it names the deliveries, a replay makes the same again.
	if err := a.create(ctx, nil); err != nil {
		return nil, true, err
	}
	return ids, true, s.addToReceipt(ctx, &a, ids)
}

// addToReceipt adds deliveries to those that the receipt of an event names.
func (s *Store) addToReceipt(ctx context.Context, a *acceptance, ids []shipbell.DeliveryID) error {
	return s.retry(ctx, func() error {
		var r receipt
		item, found, err := s.get(ctx, receiptKey(a.registry, a.event.ID), &r)
		if err != nil || !found {
			return err
		}
		all, err := s.ids(ctx, a.partition, &r)
		if errors.Is(err, errMissing) {
			return nil
		}
		if err != nil {
			return err
		}
		there := make(map[shipbell.DeliveryID]bool, len(all))
		for _, id := range all {
			there[id] = true
		}
		for _, id := range ids {
			if !there[id] {
				all = append(all, id)
			}
		}
		if len(all) == len(there) {
			return nil
		}
		item.Expires = later(item.Expires, a.replay.until)
		if err := s.nameDeliveries(ctx, a.partition, &r, all, item.Expires); err != nil {
			return err
		}
		if item.Value, err = json.Marshal(r); err != nil {
			return fmt.Errorf("encode receipt of event %s: %w", a.event.ID, err)
		}
		return s.write(ctx, platform.Write{Item: item, If: platform.Condition(item.Version)})
	})
}

// nameDeliveries has a receipt name the deliveries of its event, beside it if they are many.
func (s *Store) nameDeliveries(ctx context.Context, partition string, r *receipt, ids []shipbell.DeliveryID, expires time.Time) error {
	r.Deliveries, r.List = ids, nil
	if len(ids) <= idsInReceipt {
		return nil
	}
	data, err := json.Marshal(ids)
	if err != nil {
		return fmt.Errorf("encode the deliveries of %s: %w", partition, err)
	}
	list, err := s.putChunks(ctx, partition, listKind, data, expires)
	r.Deliveries, r.List = nil, &list
	return err
}
