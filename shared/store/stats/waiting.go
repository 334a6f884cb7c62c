package stats

import (
	"context"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Waiting is how many deliveries of a registry are pending.
type Waiting struct {
	Count int
	// More means that there are more than could be looked at, perhaps also an older
	// one.
	More bool
	// Oldest is when the event of the oldest was first received; zero if none is
	// pending.
	Oldest time.Time
}

const (
	// maxDue is how many due times, of all registries, Waiting looks at.
	maxDue = 1000
	// maxChecked is how many of the oldest it reads, to leave out those that have
	// ended.
	maxChecked = 100
)

// Waiting counts the pending deliveries of a registry: those that have a due time, and
// those that sweep has not scanned yet.
func (c *Counter) Waiting(ctx context.Context, registry string) (Waiting, error) {
	var w Waiting
	ids, moreDue, err := c.store.DueIDs(ctx, registry, maxDue)
	if err != nil {
		return w, err
	}
	checkpoint, err := c.store.Checkpoint(ctx, registry)
	if err != nil {
		return w, err
	}
	recent, moreRecent, err := c.recent(ctx, registry, checkpoint.Scanned, "")
	if err != nil {
		return w, err
	}
	for _, one := range recent {
		if one.Status == shipbell.Pending {
			ids = append(ids, one.ID)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	w.Count, w.More = len(ids), moreDue || moreRecent
	if w.Count == 0 {
		return w, nil
	}

	// A due time is a hint: its delivery may have ended a moment ago.
	first := ids[:min(len(ids), maxChecked)]
	oldest, err := c.store.Deliveries(ctx, registry, first...)
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
