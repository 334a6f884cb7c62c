package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Clear marks deliveries that ended without success as dealt with, and counts those that
// nobody else has changed meanwhile. Nothing else about them changes.
func (s *Store) Clear(ctx context.Context, deliveries []shipbell.Delivery) (count int, err error) {
	now := s.o.Now().UTC()
	writes := make([]platform.Write, len(deliveries))
	for i := range deliveries {
		d := &deliveries[i]
		d.ClearedAt = now
		row, err := s.rowAgain(ctx, d, now)
		if err != nil {
			return 0, err
		}
		writes[i] = platform.Write{Item: row, If: platform.AtVersion(d.Version)}
	}
	for i, failed := range s.items.Write(ctx, writes...) {
		switch {
		case failed == nil:
			count++
		case !errors.Is(failed, platform.ErrConflict):
			err = fmt.Errorf("clear delivery %s: %w", deliveries[i].ID, failed)
		}
	}
	return count, err
}
