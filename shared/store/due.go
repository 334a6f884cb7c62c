package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/trigger"
)

// Due reads at most limit (up to 100) pending deliveries that sweep must look at
// by until. found counts what was due, also if it has ended meanwhile: 0 means
// that nothing is due.
func (s *Store) Due(ctx context.Context, until time.Time, limit int) (deliveries []trigger.Delivery, found int, err error) {
	keys, err := s.o.KV.Due(ctx, until, limit)
	if err != nil || len(keys) == 0 {
		return nil, 0, unavailable(err)
	}
	items, err := s.o.KV.Get(ctx, keys...)
	if err != nil {
		return nil, 0, unavailable(err)
	}
	still := items[:0]
	for _, item := range items {
		if !item.Due.IsZero() && !item.Due.After(until) {
			still = append(still, item)
		}
	}
	deliveries, err = decodeDeliveries(still)
	return deliveries, len(keys), err
}

// Postpone tells sweep to look at a delivery at another time, and changes
// nothing else. done is false when somebody has stored another version meanwhile.
func (s *Store) Postpone(ctx context.Context, d *trigger.Delivery, due time.Time) (done bool, err error) {
	row, err := s.row(d, s.o.Now())
	if err != nil {
		return false, err
	}
	row.Due = due
	return s.saveRow(ctx, d, row)
}

// Orphans looks through the deliveries of a registry that were received from one
// id on and before another, and answers those that are pending and have no due
// time: nobody but the caller will come back to them. next is where to go on, or
// "" when all were seen.
func (s *Store) Orphans(ctx context.Context, registry string, from, before trigger.DeliveryID) (orphans []trigger.Delivery, next trigger.DeliveryID, err error) {
	const page = 500
	items, err := s.o.KV.Range(ctx, platform.Range{
		Partition: deliveryPartition(registry), From: string(from), To: string(before), Limit: page,
	})
	if err != nil {
		return nil, "", unavailable(err)
	}
	if len(items) == page {
		next = trigger.DeliveryID(items[page-1].Sort + "\x00")
	}
	for _, item := range items {
		var status struct {
			Status trigger.Status `json:"status"`
		}
		if !item.Due.IsZero() {
			continue
		}
		if err := json.Unmarshal(item.Value, &status); err != nil {
			return nil, "", fmt.Errorf("decode delivery %s: %w", item.Sort, err)
		}
		if status.Status != trigger.Pending {
			continue
		}
		found, err := decodeDeliveries([]platform.Item{item})
		if err != nil {
			return nil, "", err
		}
		orphans = append(orphans, found...)
	}
	return orphans, next, nil
}

func checkpointKey(registry string) platform.Key {
	return platform.Key{Partition: "sweep", Sort: registry}
}

// Checkpoint is the id up to which a registry's deliveries have been looked
// through for orphans, or "".
func (s *Store) Checkpoint(ctx context.Context, registry string) (trigger.DeliveryID, error) {
	var id trigger.DeliveryID
	_, _, err := s.get(ctx, checkpointKey(registry), &id)
	return id, err
}

// SetCheckpoint remembers how far a registry has been looked through.
func (s *Store) SetCheckpoint(ctx context.Context, registry string, id trigger.DeliveryID) error {
	return s.put(ctx, checkpointKey(registry), id, platform.Always)
}
