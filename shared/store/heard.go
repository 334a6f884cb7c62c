package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Heard is when the first and the last of a registry's events came, of those that
// are still known: the ones that made deliveries, and the ones that were ignored
// lately. Both are zero for a registry of which nothing was heard.
type Heard struct {
	First, Last time.Time
}

func (h *Heard) at(t time.Time) {
	if h.First.IsZero() || t.Before(h.First) {
		h.First = t
	}
	h.Last = later(h.Last, t)
}

// Heard tells when a registry's events came. It takes four reads of one item.
func (s *Store) Heard(ctx context.Context, registry string) (Heard, error) {
	var h Heard
	for _, descending := range []bool{false, true} {
		deliveries, err := s.o.KV.Range(ctx, platform.Range{Partition: deliveryPartition(registry), Descending: descending, Limit: 1})
		if err != nil {
			return h, unavailable(err)
		}
		for _, item := range deliveries {
			h.at(shipbell.DeliveryID(item.Sort).ReceivedAt())
		}
		ignored, err := s.o.KV.Range(ctx, platform.Range{Partition: ignoredPartition(registry), Descending: descending, Limit: 1})
		if err != nil {
			return h, unavailable(err)
		}
		for _, item := range ignored {
			var batch ignoredBatch
			if err := json.Unmarshal(item.Value, &batch); err != nil {
				return h, fmt.Errorf("decode ignored events %s of registry %s: %w", item.Sort, registry, err)
			}
			h.take(batch)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if waiting := s.ignored[registry]; waiting != nil {
		h.take(waiting.batch)
	}
	return h, nil
}

func (h *Heard) take(batch ignoredBatch) {
	if n := len(batch.Events); n > 0 {
		h.at(batch.Since)
		h.at(batch.Events[n-1].At)
	}
}
