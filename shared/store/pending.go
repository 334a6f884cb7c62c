package store

import (
	"context"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// CancelPending cancels the pending deliveries of a trigger of which no attempt is under
// way. It looks at its newest 10,000 deliveries, to answer in time; an older one is
// cancelled when its next attempt is due.
func (s *Store) CancelPending(ctx context.Context, registry string, id shipbell.ID, reason text.Code) error {
	return s.ChangePending(ctx, registry, id, func(d *shipbell.Delivery) bool {
		d.Cancel(s.o.Now().UTC(), reason)
		return true
	}, nil)
}

// ChangePending changes pending deliveries of a trigger of which no attempt is under way,
// as far as change reports that it did, and hands those that were stored to then, the
// newest first. It looks at the trigger's newest 10,000 deliveries, to answer in time.
func (s *Store) ChangePending(ctx context.Context, registry string, id shipbell.ID, change func(*shipbell.Delivery) bool, then func([]shipbell.Delivery)) error {
	const pages = 100
	q := Query{Registry: registry, Trigger: id}
	to := ""
	for range pages {
		items, last, err := s.page(ctx, q, nil, "", to)
		if err != nil {
			return err
		}
		deliveries := s.decodeDeliveries(ctx, items)
		now := s.o.Now().UTC()
		changed := deliveries[:0]
		for _, d := range deliveries {
			if d.Status == shipbell.Pending && !d.LeaseUntil.After(now) && change(&d) {
				changed = append(changed, d)
			}
		}
		saved, err := s.SaveAll(ctx, changed, nil)
		if err != nil {
			return err
		}
		if then != nil && len(saved) > 0 {
			then(saved)
		}
		if last == "" {
			return nil
		}
		to = last
	}
	return nil
}
