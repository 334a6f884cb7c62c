package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// aheadPage is how many due times are looked at once.
const aheadPage = 1000

// CorrectDue corrects what clocks that were ahead have stored: deliveries that wait as
// long as they were to wait, but from a time that is still to come, and due times that
// are later than their deliveries need. It looks at all that is due after now and
// answers how many it has changed.
func (s *Store) CorrectDue(ctx context.Context, now time.Time) (changed int, err error) {
	from, limit := now, aheadPage
	for {
		keys, err := s.items.Due(ctx, from, endOfTime(), limit)
		if err != nil || len(keys) == 0 {
			return changed, err
		}
		for i := range keys {
			keys[i].Spread = isDelivery(keys[i].Partition)
		}
		items, err := s.items.Get(ctx, keys...)
		if err != nil {
			return changed, err
		}
		count, err := s.correct(ctx, items, now)
		changed += count
		if err != nil || len(keys) < limit {
			return changed, err
		}
		last := from
		for _, item := range items {
			last = later(last, item.Due)
		}
		if !last.After(from) {
			limit *= 2 // all are due at the same time
		}
		from = last
	}
}

// correct corrects a page of deliveries. One that another process changes meanwhile is
// left to that process.
func (s *Store) correct(ctx context.Context, items []platform.Item, now time.Time) (changed int, err error) {
	var writes []platform.Write
	for _, item := range items {
		if item.Version == 0 || item.Due.IsZero() {
			continue
		}
		if isBurst(item.Partition) {
			if b := s.readBurst(ctx, item); b != nil && (b.ahead(now) || item.Due.After(s.burstDue(b, now).Add(Grace))) {
				item.Due = toMillisecond(s.burstDue(b, now))
				writes = append(writes, platform.Write{Item: item, If: platform.AtVersion(item.Version)})
			}
			continue
		}
		deliveries := s.decodeDeliveries(ctx, []platform.Item{item})
		if len(deliveries) == 0 {
			continue
		}
		d := &deliveries[0]
		ahead := d.Ahead(now)
		d.ComeBack(now)
		d.Due = time.Time{} // it may be what is wrong
		row, err := s.rowAgain(ctx, d, now)
		if err != nil {
			return changed, err
		}
		if row.Due.IsZero() {
			row.Due = now.Add(Grace)
		}
		if ahead || item.Due.After(row.Due.Add(Grace)) {
			writes = append(writes, platform.Write{Item: row, If: platform.AtVersion(item.Version)})
		}
	}
	for i, writeErr := range s.items.Write(ctx, writes...) {
		switch {
		case writeErr == nil:
			s.forgetNew(shipbell.DeliveryID(writes[i].Item.Sort))
			changed++
		case !errors.Is(writeErr, platform.ErrConflict):
			err = fmt.Errorf("correct the due time of %s: %w", writes[i].Item.Sort, writeErr)
		}
	}
	return changed, err
}

// endOfTime is later than any due time.
func endOfTime() time.Time { return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) }
