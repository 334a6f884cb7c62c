package store

import (
	"context"
	"errors"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// unmatchedKey is the place of an event among those of its registry that nothing matched,
// in the order of their receipt.
func unmatchedKey(registry string, r receipt, eventID string) platform.Key {
	id := shipbell.NewDeliveryID(r.ReceivedAt, registry, eventID, 0, "")
	return platform.Key{Partition: "unmatched/" + registry, Sort: string(id)}
}

// unmatchedEntry is the write of an event there, which its receipt guards.
func unmatchedEntry(registry string, r receipt, eventID string, expires time.Time) platform.Write {
	return platform.Write{If: platform.Absent, Guarded: true, Item: platform.Item{
		Key: unmatchedKey(registry, r, eventID), Value: []byte(shipbell.EventIDKey(eventID)), Expires: expires,
	}}
}

// KeepUnmatched keeps an event without deliveries, for as long as others. It makes none
// later: sent again, it is the event that matched nothing. repeat tells that it came before.
func (s *Store) KeepUnmatched(ctx context.Context, registry string, e *shipbell.Event) (repeat bool, err error) {
	a := s.acceptance(registry, e, nil, nil)
	first, err := a.keep(ctx)
	if err != nil {
		return false, err
	}
	errs := s.items.Write(ctx, *first, unmatchedEntry(registry, a.receipt, e.ID, first.Item.Expires))
	switch {
	case errors.Is(errs[0], platform.ErrConflict):
		return true, nil
	case errs[0] != nil:
		return false, errs[0]
	case errors.Is(errs[1], platform.ErrConflict):
		return false, nil
	}
	return false, errs[1]
}

// KeepsUnmatched is whether a new registry keeps the events that nothing matched.
func (s *Store) KeepsUnmatched() bool { return s.o.KeepUnmatched }
