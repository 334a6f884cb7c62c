package store

import (
	"context"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Waiting tells of the deliveries of a registry that are pending.
type Waiting struct {
	Count int
	// More means that there are more than could be looked at, and perhaps an older
	// one among them.
	More bool
	// Oldest is when the event of the oldest was first received; zero if none is
	// pending.
	Oldest time.Time
}

// maxDue is how many due times Waiting looks at, those of all registries.
const maxDue = 1000

// Waiting counts the pending deliveries of a registry: those that have a due
// time, and those that sweep has not looked at yet.
func (s *Store) Waiting(ctx context.Context, registry string) (Waiting, error) {
	var w Waiting
	// Whatever is due later than that has expired by then.
	keys, err := s.o.KV.Due(ctx, s.o.Now().Add(s.o.Retention), maxDue)
	if err != nil {
		return w, unavailable(err)
	}
	var ids []shipbell.DeliveryID
	for _, key := range keys {
		if key.Partition == deliveryPartition(registry) {
			ids = append(ids, shipbell.DeliveryID(key.Sort))
		}
	}
	from, err := s.Checkpoint(ctx, registry)
	if err != nil {
		return w, err
	}
	young, more, err := s.young(ctx, registry, from, "")
	if err != nil {
		return w, err
	}
	for _, one := range young {
		if one.Status == shipbell.Pending {
			ids = append(ids, one.id)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	w.Count, w.More = len(ids), more || len(keys) == maxDue
	if w.Count == 0 {
		return w, nil
	}

	// A due time is a hint: its delivery may have ended a moment ago.
	first := ids[:min(len(ids), 100)]
	oldest, err := s.deliveries(ctx, registry, first...)
	if err != nil {
		return w, err
	}
	oldest = slices.DeleteFunc(oldest, func(d shipbell.Delivery) bool { return d.Status != shipbell.Pending })
	w.Count -= len(first) - len(oldest)
	if len(oldest) > 0 {
		w.Oldest = oldest[0].CreatedAt
	}
	return w, nil
}
