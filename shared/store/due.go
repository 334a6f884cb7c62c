package store

import (
	"context"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Due reads the pending deliveries that sweep must look at by until, at most
// limit. found counts what was due, also what has ended meanwhile: fewer than
// limit means that no more are due.
func (s *Store) Due(ctx context.Context, until time.Time, limit int) (deliveries []shipbell.Delivery, found int, err error) {
	keys, err := s.o.KV.Due(ctx, until, limit)
	if err != nil {
		return nil, 0, unavailable(err)
	}
	for chunk := range slices.Chunk(keys, 100) {
		items, err := s.o.KV.Get(ctx, chunk...)
		if err != nil {
			return nil, 0, unavailable(err)
		}
		items = slices.DeleteFunc(items, func(item platform.Item) bool { return item.Due.IsZero() || item.Due.After(until) })
		due, err := decodeDeliveries(items)
		if err != nil {
			return nil, 0, err
		}
		deliveries = append(deliveries, due...)
	}
	return deliveries, len(keys), nil
}

// Looked is a page of a registry's deliveries that were looked through.
type Looked struct {
	// Orphans are those that are pending and have no due time: nobody but the
	// caller will come back to them.
	Orphans []shipbell.Delivery
	// Next is where to go on, or "" when there was nothing to look through.
	Next shipbell.DeliveryID

	stood []standing // all of them, in the order of ids
}

// Orphans looks through the deliveries of a registry that were received from one
// id on and before another, in that order and 100 at a time.
func (s *Store) Orphans(ctx context.Context, registry string, from, before shipbell.DeliveryID) (Looked, error) {
	items, err := s.o.KV.Range(ctx, platform.Range{
		Partition: deliveryPartition(registry), From: string(from), To: string(before), Limit: 100,
	})
	if err != nil || len(items) == 0 {
		return Looked{}, unavailable(err)
	}
	looked := Looked{Next: shipbell.DeliveryID(items[len(items)-1].Sort + "\x00")}
	pending := items[:0]
	for _, item := range items {
		one, err := readStanding(item)
		if err != nil {
			return Looked{}, err
		}
		looked.stood = append(looked.stood, one)
		if one.Status == shipbell.Pending && item.Due.IsZero() {
			pending = append(pending, item)
		}
	}
	looked.Orphans, err = decodeDeliveries(pending)
	return looked, err
}

func checkpointKey(registry string) platform.Key {
	return platform.Key{Partition: "sweep", Sort: registry}
}

// Checkpoint is the id up to which a registry's deliveries have been looked
// through for orphans, or "".
func (s *Store) Checkpoint(ctx context.Context, registry string) (shipbell.DeliveryID, error) {
	var id shipbell.DeliveryID
	_, _, err := s.get(ctx, checkpointKey(registry), &id)
	return id, err
}
