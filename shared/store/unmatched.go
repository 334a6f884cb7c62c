package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func unmatchedPartition(registry string) string { return "unmatched/" + registry }

// unmatchedKey is the place of an event among those of its registry that nothing matched,
// in the order of their receipt.
func unmatchedKey(registry string, r receipt, eventID string) platform.Key {
	id := shipbell.NewDeliveryID(r.ReceivedAt, registry, eventID, 0, "")
	return platform.Key{Partition: unmatchedPartition(registry), Sort: string(id)}
}

// unmatchedEntry is the write of an event there, which its receipt guards.
func unmatchedEntry(registry string, r receipt, eventID string, expires time.Time) platform.Write {
	return platform.Write{If: platform.Absent, Guarded: true, Item: platform.Item{
		Key: unmatchedKey(registry, r, eventID), Value: []byte(shipbell.EventIDKey(eventID)), Expires: expires,
	}}
}

// KeepUnmatched keeps an event without deliveries, for as long as others. Sent again, it is
// the event that matched nothing; Replay alone makes deliveries of it. repeat tells that it
// came before.
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

// KeptEvent is an event that is kept, with what was made of it.
type KeptEvent struct {
	// ID sorts by receipt.
	ID         shipbell.DeliveryID
	ReceivedAt time.Time
	// Event must not be changed.
	Event *shipbell.Event
	// Deliveries are all of its deliveries, those that Replay made included.
	Deliveries []shipbell.DeliveryID

	receipt receipt
}

// had are the deliveries of the event, and the triggers that have some.
func (u *KeptEvent) had() had {
	h := had{deliveries: make(map[shipbell.DeliveryID]bool, len(u.Deliveries)), triggers: map[shipbell.ID]bool{}}
	for _, id := range u.Deliveries {
		h.deliveries[id], h.triggers[id.TriggerID()] = true, true
	}
	return h
}

// Lacks counts the deliveries that Replay would make of the event for a trigger that
// matches it.
func (u *KeptEvent) Lacks(registry string, m shipbell.Match, again string) (count int) {
	r := replay{again: again, had: u.had()}
	for _, d := range shipbell.NewDeliveries(registry, u.Event, []shipbell.Match{m}, u.ReceivedAt) {
		if r.begin(&d); r.wants(&d) {
			count++
		}
	}
	return count
}

// UnmatchedQuery asks for a page of the events of a registry that nothing matched.
type UnmatchedQuery struct {
	Registry string
	// Since and Until bound when the event was received; Until is not included, and a zero
	// time is no bound.
	Since, Until time.Time
	// After is where the last page ended: with OldestFirst, later ones come, else earlier.
	After       shipbell.DeliveryID
	OldestFirst bool
	// Limit is the most events to read, 1 to 1,000.
	Limit int
}

// UnmatchedList is a page of events that nothing matched. It may be short, or empty, before
// the end.
type UnmatchedList struct {
	Events []KeptEvent
	// Next is where the next page begins, or "" at the end.
	Next shipbell.DeliveryID
	// Damaged is how many cannot be read.
	Damaged int
}

// Unmatched reads a page of the events of a registry that nothing matched. It takes two
// reads, and one more for each event of more than 8 KiB.
func (s *Store) Unmatched(ctx context.Context, q UnmatchedQuery) (list UnmatchedList, err error) {
	entries, err := s.items.Range(ctx, q.bounds())
	if err != nil {
		return list, err
	}
	if len(entries) == q.Limit {
		list.Next = shipbell.DeliveryID(entries[len(entries)-1].Sort)
	}
	var ids []shipbell.DeliveryID
	var keys []platform.Key
	for _, entry := range entries {
		if entry.Damage != nil {
			list.Damaged++
			continue
		}
		ids, keys = append(ids, shipbell.DeliveryID(entry.Sort)), append(keys, receiptKey(q.Registry, string(entry.Value)))
	}
	items, err := s.items.Get(ctx, keys...)
	if err != nil {
		return list, err
	}
	for i, item := range items {
		u, err := s.unmatched(ctx, ids[i], item)
		switch {
		case errors.Is(err, errMissing):
			list.Damaged++
		case err != nil:
			return list, err
		case item.Version != 0:
			list.Events = append(list.Events, u)
		}
	}
	return list, nil
}

// bounds is where the page lies.
func (q *UnmatchedQuery) bounds() platform.Range {
	r := platform.Range{Partition: unmatchedPartition(q.Registry), Descending: !q.OldestFirst, Limit: q.Limit}
	if !q.Since.IsZero() {
		r.From = string(shipbell.FirstDeliveryID(q.Since))
	}
	if !q.Until.IsZero() {
		r.To = string(shipbell.FirstDeliveryID(q.Until))
	}
	switch {
	case q.After == "":
	case q.OldestFirst:
		r.From = string(q.After) + "\x00"
	default:
		r.To = string(q.After)
	}
	return r
}

// unmatched reads an event by its receipt. It is errMissing if it cannot be read.
func (s *Store) unmatched(ctx context.Context, id shipbell.DeliveryID, item platform.Item) (u KeptEvent, err error) {
	if item.Version == 0 {
		return u, nil
	}
	if item.Damage != nil || json.Unmarshal(item.Value, &u.receipt) != nil || u.receipt.Body == nil {
		return u, errMissing
	}
	u.ID, u.ReceivedAt = id, u.receipt.ReceivedAt
	if u.Deliveries, err = s.ids(ctx, item.Partition, &u.receipt); err != nil {
		return u, err
	}
	if u.receipt.Body.Count > 0 {
		u.Event, err = s.event(ctx, item.Partition, *u.receipt.Body)
		return u, err
	}
	u.Event = new(shipbell.Event)
	if json.Unmarshal(u.receipt.Event, u.Event) != nil {
		return u, errMissing
	}
	return u, nil
}

// UnmatchedByID is the event with an id, as Unmatched has it; found is false if it is not
// kept.
func (s *Store) UnmatchedByID(ctx context.Context, registry string, id shipbell.DeliveryID) (u KeptEvent, found bool, err error) {
	entries, err := s.items.Get(ctx, platform.Key{Partition: unmatchedPartition(registry), Sort: string(id)})
	if err != nil || entries[0].Version == 0 || entries[0].Damage != nil {
		return u, false, err
	}
	items, err := s.items.Get(ctx, receiptKey(registry, string(entries[0].Value)))
	if err != nil {
		return u, false, err
	}
	u, err = s.unmatched(ctx, id, items[0])
	if errors.Is(err, errMissing) {
		return u, false, nil
	}
	return u, u.Event != nil, err
}
