package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Grace is how long a delivery may go without an attempt before sweep looks
// after it. It is well above the clock difference between processes and above
// what a wake-up call takes.
const Grace = time.Minute

func deliveryPartition(registry string) string { return "delivery/" + registry }

func deliveryKey(registry string, id shipbell.DeliveryID) platform.Key {
	return platform.Key{Partition: deliveryPartition(registry), Sort: string(id), Spread: true}
}

// triggerDeliveryKey is the entry of a delivery in the list of its trigger. The entries
// have no values, and the order of the deliveries.
func triggerDeliveryKey(registry string, trigger shipbell.ID, id shipbell.DeliveryID) platform.Key {
	return platform.Key{Partition: triggerDeliveryPartition(registry, trigger), Sort: string(id), Spread: true}
}

func triggerDeliveryPartition(registry string, trigger shipbell.ID) string {
	return fmt.Sprintf("trigger-delivery/%s/%d", registry, trigger)
}

// row encodes a delivery with the time at which sweep must look at it.
func (s *Store) row(d *shipbell.Delivery, now time.Time) (platform.Item, error) {
	if d.Excerpt != nil && d.Excerpt.Body == nil {
		return platform.Item{}, fmt.Errorf("encode delivery %s: it was read for a list, without its event", d.ID)
	}
	value, err := encodeRow(d)
	if err != nil {
		return platform.Item{}, fmt.Errorf("encode delivery %s: %w", d.ID, err)
	}
	expires := later(d.Expires, s.expires(d.CreatedAt))
	if d.Status == shipbell.Pending && !d.NextAttemptAt.Before(expires) {
		// Its trigger has longer waits than when it was accepted.
		expires = d.NextAttemptAt.Add(24 * time.Hour).Truncate(time.Second)
	}
	return platform.Item{
		Key: deliveryKey(d.Registry, d.ID), Value: value,
		Expires: expires, Due: toMillisecond(s.due(d, now)),
	}, nil
}

// rowAgain is row for a delivery that is there. It keeps beside it what would make it long.
func (s *Store) rowAgain(ctx context.Context, d *shipbell.Delivery, now time.Time) (platform.Item, error) {
	row, err := s.row(d, now)
	if err == nil {
		err = s.moveEvent(ctx, d, &row)
	}
	if err == nil {
		err = s.moveAnswers(ctx, d, &row)
	}
	return row, err
}

// expires is how long what was received at a time is kept: for the retention, and in any
// case for a day longer than its attempts can take.
func (s *Store) expires(receivedAt time.Time) time.Time {
	return later(receivedAt.Add(s.o.Retention).Truncate(time.Second), s.outlives(receivedAt, nil))
}

// outlives is a day after the last attempt that a schedule begun at a time can have, if the
// delivery waits as long as it may for its target. A store that is told no schedule begins
// none.
func (s *Store) outlives(begun time.Time, retry shipbell.Retry) time.Time {
	if len(s.o.Schedule) == 0 {
		return begun
	}
	return begun.Add(retry.Schedule(s.o.Schedule).Longest() + shipbell.MaxWaited + 24*time.Hour).Truncate(time.Second)
}

// due is when sweep must look at a delivery, whatever becomes of the messages about it.
// One that sweep is sure to scan soon needs no due time before, which saves nearly every
// delivery an entry in the store's index. A due time is set by a clock no further ahead
// of sweep's than the checkpoint lets.
//
// On DynamoDB a due time that changes costs two writes more. So the one that is stored stays
// where it does: while an attempt is under way, unless sweep would look long after the lease
// has ended; and while a message will wake the delivery, if sweep looks well after that, and
// no later than with a new one. Where the store is Metered it may lie before the end of the
// lease: sweep then leaves the attempt alone and looks again. Elsewhere a change costs nothing,
// and sweep comes across no attempt under way.
func (s *Store) due(d *shipbell.Delivery, now time.Time) time.Time {
	due := s.newDue(d, now)
	switch {
	case d.Status != shipbell.Pending || d.Due.IsZero():
	case !d.LeaseUntil.IsZero():
		latest := due
		if due.IsZero() {
			latest = d.LeaseUntil
		}
		if !d.Due.After(latest.Add(Grace)) && (s.o.Metered || !d.Due.Before(latest)) {
			return d.Due
		}
	case d.NextAttemptAt.Sub(now) <= s.o.MaxDelay:
		if d.Due.After(later(d.NextAttemptAt, now).Add(Grace/3)) && !d.Due.After(due) {
			return d.Due
		}
	}
	return due
}

func (s *Store) newDue(d *shipbell.Delivery, now time.Time) time.Time {
	checkpoint := s.lastCheckpoint(d.Registry, now)
	covered := checkpoint.covers(d.ID)
	ahead := now.Sub(checkpoint.trusted(now))
	switch {
	case d.Status != shipbell.Pending:
		return time.Time{}
	case !d.LeaseUntil.IsZero() && covered && d.LeaseUntil.Before(d.CreatedAt.Add(Grace)):
		return time.Time{}
	case !d.LeaseUntil.IsZero():
		return d.LeaseUntil.Add(-ahead)
	case covered && d.AttemptCount() == 0 && !d.Held():
		return time.Time{}
	case d.NextAttemptAt.Sub(now) <= s.o.MaxDelay:
		return later(d.NextAttemptAt, now).Add(Grace - ahead)
	}
	return d.NextAttemptAt.Add(-ahead)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Delivery reads a delivery, or gives a NotFound or Damaged error.
func (s *Store) Delivery(ctx context.Context, registry string, id shipbell.DeliveryID) (shipbell.Delivery, error) {
	d, err := s.delivery(ctx, registry, id)
	if err == nil {
		err = s.loadAnswers(ctx, &d)
	}
	return d, err
}

// delivery is Delivery without the answers that are kept beside it.
func (s *Store) delivery(ctx context.Context, registry string, id shipbell.DeliveryID) (shipbell.Delivery, error) {
	items, err := s.items.Get(ctx, deliveryKey(registry, id))
	if err != nil {
		return shipbell.Delivery{}, err
	}
	if items[0].Version == 0 {
		return shipbell.Delivery{}, shipbell.NewError(shipbell.NotFound, text.DeliveryUnknown, id)
	}
	return s.decodeDelivery(ctx, items[0])
}

// Deliveries reads deliveries in the order of the ids, without those that are not there
// or damaged, and without the answers that are kept beside them.
func (s *Store) Deliveries(ctx context.Context, registry string, ids ...shipbell.DeliveryID) ([]shipbell.Delivery, error) {
	keys := make([]platform.Key, len(ids))
	for i, id := range ids {
		keys[i] = deliveryKey(registry, id)
	}
	items, err := s.items.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	return s.decodeDeliveries(ctx, items), nil
}

// decodeDeliveries decodes those that are there and can be read.
func (s *Store) decodeDeliveries(ctx context.Context, items []platform.Item) []shipbell.Delivery {
	deliveries := make([]shipbell.Delivery, 0, len(items))
	for _, item := range items {
		if item.Version == 0 {
			continue
		}
		if d, err := s.decodeDelivery(ctx, item); err == nil {
			deliveries = append(deliveries, d)
		}
	}
	return deliveries
}

func (s *Store) decodeDelivery(ctx context.Context, item platform.Item) (shipbell.Delivery, error) {
	var row storedRow
	err := s.decode(ctx, item, &row)
	if err == nil {
		if err = row.expand(); err != nil {
			err = s.damaged(ctx, item, err)
		}
	}
	row.Version, row.Expires, row.Due = item.Version, item.Expires, item.Due
	return row.Delivery, err
}

// Save stores a changed delivery in place of the version it was read at, and
// counts its version up. saved is false, and nothing is changed, when somebody
// else has stored another meanwhile.
func (s *Store) Save(ctx context.Context, d *shipbell.Delivery) (saved bool, err error) {
	if d.Status == shipbell.Pending {
		if err := s.keepClock(ctx); err != nil {
			return false, err
		}
	}
	row, err := s.rowAgain(ctx, d, s.o.Now())
	if err != nil {
		return false, err
	}
	err = s.write(ctx, platform.Write{Item: row, If: platform.AtVersion(d.Version), Relaxed: true})
	if errors.Is(err, platform.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d.Version, d.Expires, d.Due = d.Version+1, row.Expires, row.Due
	s.forgetNew(d.ID)
	s.countEnded(d)
	return true, nil
}

// SaveAll is Save for many deliveries. It answers those that were saved, also beside an
// error of others. due, if not nil, tells when sweep must look at each; otherwise its state
// does.
func (s *Store) SaveAll(ctx context.Context, deliveries []shipbell.Delivery, due func(*shipbell.Delivery) time.Time) (saved []shipbell.Delivery, err error) {
	now := s.o.Now()
	var writes []platform.Write
	var at []int // their places in deliveries
	for i := range deliveries {
		row, rowErr := s.rowAgain(ctx, &deliveries[i], now)
		if rowErr != nil {
			err = rowErr
			continue
		}
		if due != nil {
			row.Due = toMillisecond(due(&deliveries[i]))
		}
		writes, at = append(writes, platform.Write{Item: row, If: platform.AtVersion(deliveries[i].Version)}), append(at, i)
	}
	var changed []platform.Key
	for i, writeErr := range s.items.Write(ctx, writes...) {
		d := &deliveries[at[i]]
		switch {
		case writeErr == nil:
			d.Version, d.Expires, d.Due = d.Version+1, writes[i].Item.Expires, writes[i].Item.Due
			saved = append(saved, *d)
			s.forgetNew(d.ID)
			s.countEnded(d)
		case errors.Is(writeErr, platform.ErrConflict):
			changed = append(changed, writes[i].Item.Key)
		default:
			err = fmt.Errorf("save delivery %s: %w", d.ID, writeErr)
		}
	}
	return saved, errors.Join(err, s.setAsideDamaged(ctx, changed))
}

// setAsideDamaged looks at rows that are others than those that were read. Most were
// stored by another process, which knows what is next; of one that is damaged now nobody
// else would tell.
func (s *Store) setAsideDamaged(ctx context.Context, keys []platform.Key) error {
	items, err := s.items.Get(ctx, keys...)
	if err == nil {
		s.decodeDeliveries(ctx, items)
	}
	return err
}

// countEnded counts a delivery that was stored at its end: nobody stores it again until
// it is redelivered.
func (s *Store) countEnded(d *shipbell.Delivery) {
	if d.Status != shipbell.Pending {
		s.o.Metrics.Delivery(d.Status)
	}
}
