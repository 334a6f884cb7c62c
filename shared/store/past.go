package store

import (
	"context"
	"errors"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// maxPastBytes is about how many bytes of events a page of them has.
const maxPastBytes = 16 << 20

// Past is a page of events that have deliveries, the oldest first. It may be short, or
// empty, before the end, and an event may be on two pages.
type Past struct {
	Events []KeptEvent
	// Next is where the next page begins, or "" at the end.
	Next shipbell.DeliveryID
	// Gone is how many events are not kept any more, or cannot be read.
	Gone int
}

// pastEvent is an event by its id, with the delivery that was looked at before its first.
type pastEvent struct {
	id     string
	before shipbell.DeliveryID
}

// Past reads a page of the events of the deliveries that a query means, those of deliveries
// after one. It looks at a hundred deliveries, and needs no limit.
func (s *Store) Past(ctx context.Context, q Query, after shipbell.DeliveryID) (Past, error) {
	if q.Where != nil && q.Where.Event != "" {
		return s.pastByID(ctx, q)
	}
	from, to := q.bounds()
	if after != "" {
		from = string(after) + "\x00"
	}
	r := platform.Range{Partition: deliveryPartition(q.Registry), Spread: true, From: from, To: to, Limit: listPage}
	rows, err := s.items.Range(ctx, r)
	if err != nil {
		return Past{}, err
	}
	var next shipbell.DeliveryID
	if len(rows) == listPage {
		next = shipbell.DeliveryID(rows[listPage-1].Sort)
	}
	filter, judge := q.prefilter(), judge{store: s, query: &q}
	var events []pastEvent
	seen := map[string]bool{}
	for _, row := range filter.apply(rows) {
		d, err := s.decodeDelivery(ctx, row)
		if err != nil { // it was set aside
			continue
		}
		wanted, err := judge.wants(ctx, &d)
		if errors.Is(err, errEnough) {
			next = after
			break
		}
		if err != nil {
			return Past{}, err
		}
		if wanted && !seen[d.Event.ID] {
			seen[d.Event.ID] = true
			events = append(events, pastEvent{d.Event.ID, after})
		}
		after = d.ID
	}
	return s.readPast(ctx, q.Registry, events, next)
}

// pastByID is Past for one event, or for that of one delivery.
func (s *Store) pastByID(ctx context.Context, q Query) (Past, error) {
	id := q.Where.Event
	q.Limit = 1
	list, err := s.listEvent(ctx, q)
	if err != nil {
		return Past{}, err
	}
	if len(list.Deliveries) > 0 {
		id = list.Deliveries[0].Event.ID
	} else if ids, err := s.idsOfEvent(ctx, q.Registry, id); err != nil || len(ids) > 0 {
		return Past{}, err // it has others, or is the id of a delivery
	}
	return s.readPast(ctx, q.Registry, []pastEvent{{id: id}}, "")
}

// readPast reads events until they are too many bytes.
func (s *Store) readPast(ctx context.Context, registry string, events []pastEvent, next shipbell.DeliveryID) (p Past, err error) {
	p.Next = next
	keys := make([]platform.Key, len(events))
	for i, one := range events {
		keys[i] = receiptKey(registry, one.id)
	}
	items, err := s.items.Get(ctx, keys...)
	if err != nil {
		return p, err
	}
	bytes := 0
	for i, item := range items {
		if bytes > maxPastBytes {
			p.Next = events[i].before
			return p, nil
		}
		u, err := s.unmatched(ctx, "", item)
		switch {
		case errors.Is(err, errMissing), err == nil && u.Event == nil:
			p.Gone++
			continue
		case err != nil:
			return p, err
		}
		u.ID = shipbell.NewDeliveryID(u.ReceivedAt, registry, u.Event.ID, 0, "")
		bytes += inReceipt + u.receipt.Body.Count*chunkSize
		p.Events = append(p.Events, u)
	}
	return p, nil
}
