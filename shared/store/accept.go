package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// eventRecord remembers the first receipt of an event, so that the event sent
// again makes the same deliveries.
type eventRecord struct {
	ReceivedAt time.Time             `json:"received_at"`
	Deliveries []shipbell.DeliveryID `json:"deliveries"`
}

// acceptTime is how long Accept may take.
const acceptTime = 15 * time.Second

func eventKey(registry, id string) platform.Key {
	return platform.Key{Partition: "event/" + registry + "/" + id, Sort: "receipt"}
}

// Accept makes an event and its deliveries durable. deliveries builds them for the
// time at which the event was first received. If the event came before, Accept calls
// it again with that time, and makes only deliveries that were made then. all are the
// event's deliveries; created are those that were not there yet.
func (s *Store) Accept(ctx context.Context, registry, eventID string, deliveries func(receivedAt time.Time) []shipbell.Delivery) (all, created []shipbell.Delivery, err error) {
	// A delivery without a due time must be there before sweep scans what it announces
	// from now on.
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
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
		return all, created, err
	}

	if _, found, err := s.get(ctx, eventKey(registry, eventID), &receipt); err != nil || !found {
		return nil, nil, errors.Join(err, unavailable(platform.ErrConflict))
	}
	all = known(deliveries(receipt.ReceivedAt), receipt.Deliveries)
	created, err = s.create(ctx, nil, all)
	return all, created, err
}

// known filters the deliveries that were made at the first receipt. Those that an older
// version made then keep the ids that it gave them.
func known(deliveries []shipbell.Delivery, ids []shipbell.DeliveryID) []shipbell.Delivery {
	made := make(map[shipbell.DeliveryID]bool, len(ids))
	for _, id := range ids {
		made[id] = true
	}
	kept := deliveries[:0]
	for _, d := range deliveries {
		if former := d.FormerID(); !made[d.ID] && made[former] {
			d.ID = former
		}
		if made[d.ID] {
			kept = append(kept, d)
		}
	}
	return kept
}

// create writes the deliveries that are not there yet, after the receipt if there is
// one, and sets the version of those it made.
func (s *Store) create(ctx context.Context, receipt *platform.Write, deliveries []shipbell.Delivery) (created []shipbell.Delivery, err error) {
	now, guarded := s.o.Now(), receipt != nil
	var writes []platform.Write
	if guarded {
		writes = append(writes, *receipt)
	}
	for i := range deliveries {
		d := &deliveries[i]
		row, err := s.row(d, now)
		if err != nil {
			return nil, err
		}
		entry := platform.Item{Key: triggerDeliveryKey(d.Registry, d.TriggerID, d.ID), Expires: row.Expires}
		writes = append(writes,
			platform.Write{Item: row, If: platform.Absent, Guarded: guarded},
			platform.Write{Item: entry, If: platform.Always, Guarded: guarded})
	}
	errs := s.items.Write(ctx, writes...)
	if guarded {
		if errs[0] != nil {
			return nil, errs[0]
		}
		errs = errs[1:]
	}
	for i := range deliveries {
		row, entry := errs[2*i], errs[2*i+1]
		if entry != nil {
			return created, entry
		}
		if row == nil {
			deliveries[i].Version = 1
			created = append(created, deliveries[i])
		} else if !errors.Is(row, platform.ErrConflict) {
			return created, row
		}
	}
	return created, nil
}

// keepNew keeps deliveries in memory for Take. If more were kept than are taken, all are
// forgotten: they are in the store.
func (s *Store) keepNew(created []shipbell.Delivery) {
	if s.o.KeepNew == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range created {
		bytes := memory(&d)
		if s.newBytes+bytes > s.o.KeepNew {
			clear(s.new)
			s.newBytes = 0
		}
		if bytes <= s.o.KeepNew {
			s.new[d.ID] = d
			s.newBytes += bytes
		}
	}
}

// memory is about how many bytes a new delivery takes in memory.
func memory(d *shipbell.Delivery) int {
	const delivery, resource = 1 << 10, 48 // beside the texts
	bytes := delivery + len(d.TargetURL)
	for _, r := range d.Event.Resources {
		bytes += resource + len(r.Digest) + len(r.Tag) + len(r.URL)
	}
	return bytes
}

// forgetNew removes a delivery that has changed, so that Take reads it from the store.
func (s *Store) forgetNew(id shipbell.DeliveryID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takeNew(id)
}

// takeNew takes a delivery out of those kept. The caller holds the lock.
func (s *Store) takeNew(id shipbell.DeliveryID) (d shipbell.Delivery, kept bool) {
	if d, kept = s.new[id]; kept {
		delete(s.new, id)
		s.newBytes -= memory(&d)
	}
	return d, kept
}

// Take is Delivery before an attempt. A new delivery may come from memory, once, as it
// was first stored. If another process has changed it since, Save refuses it.
func (s *Store) Take(ctx context.Context, registry string, id shipbell.DeliveryID) (shipbell.Delivery, error) {
	s.mu.Lock()
	d, kept := s.takeNew(id)
	s.mu.Unlock()
	if kept && d.Registry == registry {
		return d, nil
	}
	return s.Delivery(ctx, registry, id)
}
