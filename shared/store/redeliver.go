package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Redeliver makes deliveries due at once and answers those that were saved: others have
// changed meanwhile. Before, it sees to it that they and their events are kept for
// longer than the attempts can take. expired are the ids of those whose events are not
// kept any more: they cannot be sent again. The caller has checked that no attempt is
// under way.
func (s *Store) Redeliver(ctx context.Context, deliveries []shipbell.Delivery) (saved []shipbell.Delivery, expired []shipbell.DeliveryID, err error) {
	now := s.o.Now().UTC()
	until, err := s.outliveAgain(ctx, deliveries, now)
	if err != nil {
		return nil, nil, err
	}
	events := map[string]bool{} // whether an event is kept
	if err := s.loadAnswers(ctx, pointers(deliveries)...); err != nil {
		return nil, nil, err
	}
	var again []shipbell.Delivery
	var entries []platform.Write
	for _, d := range deliveries {
		kept, err := s.keepEvent(ctx, events, &d, until)
		if err != nil {
			return nil, nil, err
		}
		if !kept {
			expired = append(expired, d.ID)
			continue
		}
		d.Redeliver(now)
		keepAgain(&d)
		if d.Expires.Before(until) {
			d.Expires = until
			entry := platform.Item{Key: triggerDeliveryKey(d.Registry, d.TriggerID, d.ID), Expires: until}
			entries = append(entries, platform.Write{Item: entry, If: platform.Always})
		}
		again = append(again, d)
	}
	if err := platform.First(s.items.Write(ctx, entries...)); err != nil {
		return nil, expired, err
	}
	saved, err = s.SaveAll(ctx, again, nil)
	for range saved {
		s.o.Metrics.Delivery(shipbell.Pending)
	}
	return saved, expired, err
}

// outliveAgain is how long deliveries that are sent again now may take, by the waits of their
// triggers.
func (s *Store) outliveAgain(ctx context.Context, deliveries []shipbell.Delivery, now time.Time) (until time.Time, err error) {
	until = s.outlives(now, nil)
	for i := range deliveries {
		to, _, err := s.Destination(ctx, &deliveries[i])
		if err != nil {
			return until, err
		}
		if len(to.Retry) > 0 {
			until = later(until, s.outlives(now, to.Retry))
		}
	}
	return until, nil
}

// keepEvent sees to it that what a delivery names of its event is kept until a time. kept
// is false if it is gone.
func (s *Store) keepEvent(ctx context.Context, done map[string]bool, d *shipbell.Delivery, until time.Time) (kept bool, err error) {
	if d.Excerpt == nil {
		return true, nil // its event is in its row
	}
	partition := eventPartition(d.Registry, d.Event.ID)
	kept, err = s.extend(ctx, done, partition, bodyKind, *d.Excerpt.Body, until)
	if err == nil && kept && d.Excerpt.PickedIn != nil {
		kept, err = s.extend(ctx, done, partition, pickedKind, *d.Excerpt.PickedIn, until)
	}
	return kept, err
}

func (s *Store) extend(ctx context.Context, done map[string]bool, partition, kind string, c shipbell.Chunks, until time.Time) (kept bool, err error) {
	name := partition + "\x00" + kind + c.Hash
	if kept, known := done[name]; known {
		return kept, nil
	}
	if c.Count == 0 {
		kept, err = s.extendReceipt(ctx, partition, c, until)
	} else {
		kept, err = s.extendChunks(ctx, partition, kind, c, until)
	}
	if err == nil {
		done[name] = kept
	}
	return kept, err
}

func (s *Store) extendReceipt(ctx context.Context, partition string, c shipbell.Chunks, until time.Time) (kept bool, err error) {
	key := platform.Key{Partition: partition, Sort: "receipt"}
	err = s.Update(ctx, key, func(item *platform.Item) (changed bool) {
		var r receipt
		kept = item.Version > 0 && json.Unmarshal(item.Value, &r) == nil && hashOf(r.Event) == c.Hash
		changed = kept && item.Expires.Before(until)
		if changed {
			item.Expires = until
		}
		return changed
	})
	return kept, err
}

// extendChunks reads the first chunk to learn how long all of them are kept.
func (s *Store) extendChunks(ctx context.Context, partition, kind string, c shipbell.Chunks, until time.Time) (kept bool, err error) {
	keys := chunkKeys(partition, kind, c)
	items, err := s.items.Get(ctx, keys[0])
	if err != nil || items[0].Version == 0 {
		return false, err
	}
	if !items[0].Expires.Before(until) {
		return true, nil
	}
	data, err := s.getChunks(ctx, partition, kind, c)
	if errors.Is(err, errMissing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = s.putChunks(ctx, partition, kind, data, until)
	return true, err
}
