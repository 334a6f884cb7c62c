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
	// again names the replay if it is for triggers that have deliveries of the event too.
	again string
	had   had
}

// had is what there is of an event already.
type had struct {
	deliveries map[shipbell.DeliveryID]bool
	triggers   map[shipbell.ID]bool
}

// begin begins the schedule of a delivery now. It is kept for as long as that can take.
func (r *replay) begin(d *shipbell.Delivery) {
	d.Redeliver(r.now)
	d.Expires, d.Replayed = r.until, true
	if r.again != "" {
		d.ID = d.ID.Again(r.again)
	}
}

// wants reports whether the replay makes a delivery.
func (r *replay) wants(d *shipbell.Delivery) bool {
	if r.again != "" {
		return !r.had.deliveries[d.ID]
	}
	return !r.had.triggers[d.TriggerID]
}

// Replay makes deliveries of an event that came before, for the triggers that match it now.
// Without again they are for those of which it has none yet: a trigger gets an event once,
// whatever its targets are by then, and the ids are of the event's receipt. With again they
// are for all, beside those that there are, with ids that depend on it: the same again makes
// nothing twice. It calls created as Accept does, and answers the ids of all new deliveries.
// kept is false, and nothing is made, if the event is not kept any more.
func (s *Store) Replay(ctx context.Context, registry string, u *KeptEvent, again string, matches Matches, created func([]shipbell.Delivery)) (ids []shipbell.DeliveryID, kept bool, err error) {
	if err := s.keepClock(ctx); err != nil {
		return nil, false, err
	}
	now := s.o.Now().UTC()
	a := s.acceptance(registry, u.Event, matches, created)
	a.receipt, a.first = u.receipt, false
	a.replay = &replay{now: now, until: s.outlives(now, nil), again: again, had: u.had()}
	a.find()
	a.replay.until = later(a.replay.until, a.until)
	if kept, err = s.extend(ctx, map[string]bool{}, a.partition, bodyKind, *a.receipt.Body, a.replay.until); err != nil || !kept {
		return nil, kept, err
	}
	// The receipt comes last: until it names the deliveries, a replay makes the same again.
	if err := a.create(ctx, nil); err != nil {
		return nil, true, err
	}
	return a.ids, true, s.addToReceipt(ctx, &a, a.ids)
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
