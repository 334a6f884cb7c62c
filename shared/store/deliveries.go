package store

import (
	"context"
	"encoding/json"
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

// young is how long after its receipt a delivery needs no due time: sweep looks
// at every delivery once when it is Grace old.
const young = Grace / 2

const maxWrites = 100

// eventRecord remembers the first receipt of an event, so that the event sent
// again makes the same deliveries.
type eventRecord struct {
	ReceivedAt time.Time             `json:"received_at"`
	Deliveries []shipbell.DeliveryID `json:"deliveries"`
}

func eventKey(registry, id string) platform.Key {
	return platform.Key{Partition: "event/" + registry + "/" + id, Sort: "receipt"}
}

func deliveryPartition(registry string) string { return "delivery/" + registry }

func deliveryKey(registry string, id shipbell.DeliveryID) platform.Key {
	return platform.Key{Partition: deliveryPartition(registry), Sort: string(id)}
}

// The deliveries of one trigger are listed in a partition of their own: the
// items are empty and their order is that of the deliveries.
func triggerDeliveryPartition(registry string, id shipbell.ID) string {
	return fmt.Sprintf("trigger-delivery/%s/%d", registry, id)
}

// Accept makes an event and its deliveries durable. deliveries builds them for
// the time of the event's first receipt; Accept may call it twice, because the
// event may have come before: then its first receipt counts, and only deliveries
// that were made then are made again. all are the event's deliveries, created
// those that were not there yet.
func (s *Store) Accept(ctx context.Context, registry, eventID string, deliveries func(receivedAt time.Time) []shipbell.Delivery) (all, created []shipbell.Delivery, err error) {
	// What is acknowledged was written while it was young, so sweep will see it.
	ctx, cancel := context.WithTimeout(ctx, young/2)
	defer cancel()
	receipt := eventRecord{ReceivedAt: s.o.Now().UTC().Truncate(time.Millisecond)}
	all = deliveries(receipt.ReceivedAt)
	for _, d := range all {
		receipt.Deliveries = append(receipt.Deliveries, d.ID)
	}
	value, err := json.Marshal(receipt)
	if err != nil {
		return nil, nil, fmt.Errorf("encode receipt of event %s: %w", eventID, err)
	}
	first := platform.Write{If: platform.Absent, Item: platform.Item{
		Key: eventKey(registry, eventID), Value: value, Expires: receipt.ReceivedAt.Add(s.o.Retention),
	}}
	created, err = s.create(ctx, &first, all)
	if !errors.Is(err, platform.ErrConflict) {
		s.keepNew(created)
		return all, created, unavailable(err)
	}

	if _, found, err := s.get(ctx, eventKey(registry, eventID), &receipt); err != nil || !found {
		return nil, nil, errors.Join(err, unavailable(errAgain))
	}
	all = known(deliveries(receipt.ReceivedAt), receipt.Deliveries)
	created, err = s.create(ctx, nil, all)
	return all, created, unavailable(err)
}

// known leaves the deliveries that were made at the first receipt.
func known(deliveries []shipbell.Delivery, ids []shipbell.DeliveryID) []shipbell.Delivery {
	made := make(map[shipbell.DeliveryID]bool, len(ids))
	for _, id := range ids {
		made[id] = true
	}
	kept := deliveries[:0]
	for _, d := range deliveries {
		if made[d.ID] {
			kept = append(kept, d)
		}
	}
	return kept
}

// create writes deliveries that are not there yet, behind the receipt if it is
// given, and sets the version of those it made.
func (s *Store) create(ctx context.Context, receipt *platform.Write, deliveries []shipbell.Delivery) (created []shipbell.Delivery, err error) {
	now := s.o.Now()
	var writes []platform.Write
	if receipt != nil {
		writes = append(writes, *receipt)
	}
	guarded := receipt != nil
	begin := 0 // the first delivery of this batch
	flush := func(next int) error {
		errs := s.o.KV.Write(ctx, writes...)
		if guarded && errs[0] != nil {
			return errs[0]
		}
		rows := errs[len(errs)-2*(next-begin):]
		for i := begin; i < next; i++ {
			row, entry := rows[2*(i-begin)], rows[2*(i-begin)+1]
			if entry != nil {
				return entry
			}
			if row == nil {
				deliveries[i].Version = 1
				created = append(created, deliveries[i])
			} else if !errors.Is(row, platform.ErrConflict) {
				return row
			}
		}
		begin, guarded, writes = next, false, nil
		return nil
	}
	for i := range deliveries {
		row, err := s.row(&deliveries[i], now)
		if err != nil {
			return nil, err
		}
		if len(writes)+2 > maxWrites {
			if err := flush(i); err != nil {
				return nil, err
			}
		}
		d := &deliveries[i]
		writes = append(writes,
			platform.Write{Item: row, If: platform.Absent, Guarded: guarded},
			platform.Write{Guarded: guarded, If: platform.Always, Item: platform.Item{
				Key:     platform.Key{Partition: triggerDeliveryPartition(d.Registry, d.TriggerID), Sort: string(d.ID)},
				Expires: row.Expires,
			}})
	}
	if len(writes) > 0 {
		err = flush(len(deliveries))
	}
	return created, err
}

// row encodes a delivery with the time at which sweep must look at it.
func (s *Store) row(d *shipbell.Delivery, now time.Time) (platform.Item, error) {
	value, err := json.Marshal(d)
	if err != nil {
		return platform.Item{}, fmt.Errorf("encode delivery %s: %w", d.ID, err)
	}
	return platform.Item{
		Key: deliveryKey(d.Registry, d.ID), Value: value,
		Expires: d.CreatedAt.Add(s.o.Retention), Due: s.due(d, now),
	}, nil
}

// due is when sweep must look at a delivery, whatever becomes of the messages
// about it. A young one that does not wait needs no due time, which saves the
// store an index entry on the way of nearly every delivery.
func (s *Store) due(d *shipbell.Delivery, now time.Time) time.Time {
	isYoung := now.Sub(d.CreatedAt) < young
	switch {
	case d.Status != shipbell.Pending:
		return time.Time{}
	case !d.LeaseUntil.IsZero() && isYoung:
		return time.Time{}
	case !d.LeaseUntil.IsZero():
		return d.LeaseUntil
	case isYoung && d.AttemptCount() == 0:
		return time.Time{}
	case d.NextAttemptAt.Sub(now) <= s.o.MaxDelay:
		return later(d.NextAttemptAt, now).Add(Grace)
	}
	return d.NextAttemptAt
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Delivery reads a delivery, or gives a NotFound error.
func (s *Store) Delivery(ctx context.Context, registry string, id shipbell.DeliveryID) (shipbell.Delivery, error) {
	found, err := s.deliveries(ctx, registry, id)
	if err == nil && len(found) == 0 {
		err = shipbell.NewError(shipbell.NotFound, text.DeliveryUnknown, id)
	}
	if err != nil {
		return shipbell.Delivery{}, err
	}
	return found[0], nil
}

// keepNew keeps deliveries in memory for Take. If more were kept than are taken,
// all are forgotten: they are in the store.
func (s *Store) keepNew(created []shipbell.Delivery) {
	if s.o.KeepNew == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.new)+len(created) > s.o.KeepNew {
		clear(s.new)
	}
	for _, d := range created {
		s.new[d.ID] = d
	}
}

// forgetNew leaves a delivery that has changed to be read.
func (s *Store) forgetNew(id shipbell.DeliveryID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.new, id)
}

// Take is Delivery for whoever is about to make an attempt. A new delivery may
// come from memory, once, as it was first stored; if another process has changed
// it since, it cannot be saved.
func (s *Store) Take(ctx context.Context, registry string, id shipbell.DeliveryID) (shipbell.Delivery, error) {
	s.mu.Lock()
	d, kept := s.new[id]
	delete(s.new, id)
	s.mu.Unlock()
	if kept && d.Registry == registry {
		return d, nil
	}
	return s.Delivery(ctx, registry, id)
}

// deliveries reads at most 100 deliveries, leaving out those that are not there.
func (s *Store) deliveries(ctx context.Context, registry string, ids ...shipbell.DeliveryID) ([]shipbell.Delivery, error) {
	keys := make([]platform.Key, len(ids))
	for i, id := range ids {
		keys[i] = deliveryKey(registry, id)
	}
	items, err := s.o.KV.Get(ctx, keys...)
	if err != nil {
		return nil, unavailable(err)
	}
	return decodeDeliveries(items)
}

func decodeDeliveries(items []platform.Item) ([]shipbell.Delivery, error) {
	deliveries := make([]shipbell.Delivery, 0, len(items))
	for _, item := range items {
		if item.Version == 0 {
			continue
		}
		var d shipbell.Delivery
		if err := json.Unmarshal(item.Value, &d); err != nil {
			return nil, fmt.Errorf("decode delivery %s: %w", item.Sort, err)
		}
		d.Version = item.Version
		deliveries = append(deliveries, d)
	}
	return deliveries, nil
}

// Save stores a changed delivery in place of the version it was read at, and
// counts its version up. saved is false, and nothing is changed, when somebody
// else has stored another meanwhile.
func (s *Store) Save(ctx context.Context, d *shipbell.Delivery) (saved bool, err error) {
	row, err := s.row(d, s.o.Now())
	if err != nil {
		return false, err
	}
	err = s.write(ctx, platform.Write{Item: row, If: platform.AtVersion(d.Version)})
	if errors.Is(err, errAgain) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d.Version++
	s.forgetNew(d.ID)
	return true, nil
}

// SaveAll is Save for many deliveries, at most 100. It answers those that were
// saved. due, if not nil, says when sweep must look at each, and otherwise
// its state does.
func (s *Store) SaveAll(ctx context.Context, deliveries []shipbell.Delivery, due func(*shipbell.Delivery) time.Time) (saved []shipbell.Delivery, err error) {
	if len(deliveries) == 0 {
		return nil, nil
	}
	now := s.o.Now()
	writes := make([]platform.Write, len(deliveries))
	for i := range deliveries {
		row, err := s.row(&deliveries[i], now)
		if err != nil {
			return nil, err
		}
		if due != nil {
			row.Due = due(&deliveries[i])
		}
		writes[i] = platform.Write{Item: row, If: platform.AtVersion(deliveries[i].Version)}
	}
	for i, writeErr := range s.o.KV.Write(ctx, writes...) {
		switch {
		case writeErr == nil:
			deliveries[i].Version++
			saved = append(saved, deliveries[i])
			s.forgetNew(deliveries[i].ID)
		case !errors.Is(writeErr, platform.ErrConflict):
			err = unavailable(writeErr)
		}
	}
	return saved, err
}
