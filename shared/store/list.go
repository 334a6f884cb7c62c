package store

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Query says which deliveries of a registry to list; a zero field does not
// restrict.
type Query struct {
	Registry string
	Trigger  shipbell.ID
	// Statuses are any of which a delivery may have.
	Statuses   []shipbell.Status
	Action     shipbell.Action
	Repository string
	// Since and Until bound when the event was received; Until is not included.
	Since, Until time.Time
	// Limit is the most deliveries to answer, at least 1. One call of List reads at
	// most 2,000 to find them.
	Limit int
	// Before is where the last page ended: only deliveries with lower ids come.
	Before shipbell.DeliveryID
}

// maxExamined bounds how many deliveries one call of List reads.
const maxExamined = 2000

// List answers deliveries newest first. next is where the next page begins, or
// "" at the end; a page may be short, or empty, before the end.
func (s *Store) List(ctx context.Context, q Query) (deliveries []shipbell.Delivery, next shipbell.DeliveryID, err error) {
	deliveries = []shipbell.Delivery{}
	marked := q.marks()
	from, to := q.bounds()
	for examined := 0; examined < maxExamined; examined += listPage {
		page, last, err := s.page(ctx, q, marked, from, to)
		if err != nil {
			return nil, "", err
		}
		for _, d := range page {
			if !q.wants(&d) {
				continue
			}
			if deliveries = append(deliveries, d); len(deliveries) == q.Limit {
				return deliveries, d.ID, nil
			}
		}
		if last == "" {
			return deliveries, "", nil
		}
		to = last
	}
	return deliveries, shipbell.DeliveryID(to), nil
}

// listPage is how many deliveries are read at once; also as many as one Get may
// name.
const listPage = 100

// bounds are the sort keys between which the wanted deliveries lie.
func (q *Query) bounds() (from, to string) {
	if !q.Since.IsZero() {
		from = string(shipbell.FirstDeliveryID(q.Since))
	}
	if !q.Until.IsZero() {
		to = string(shipbell.FirstDeliveryID(q.Until))
	}
	if q.Before != "" && (to == "" || string(q.Before) < to) {
		to = string(q.Before)
	}
	return from, to
}

func (q *Query) wants(d *shipbell.Delivery) bool {
	return (len(q.Statuses) == 0 || slices.Contains(q.Statuses, d.Status)) &&
		(q.Action == "" || d.Event.Action == q.Action) &&
		(q.Repository == "" || d.Event.Repository.FullName == q.Repository)
}

// page reads the next deliveries below to that have the marks, newest first. last is
// the lowest key that was read, or "" when there are no more.
func (s *Store) page(ctx context.Context, q Query, m marks, from, to string) (deliveries []shipbell.Delivery, last string, err error) {
	r := platform.Range{Partition: deliveryPartition(q.Registry), From: from, To: to, Descending: true, Limit: listPage}
	if q.Trigger != 0 {
		r.Partition = triggerDeliveryPartition(q.Registry, q.Trigger)
	}
	items, err := s.o.KV.Range(ctx, r)
	if err != nil || len(items) == 0 {
		return nil, "", unavailable(err)
	}
	if len(items) == listPage {
		last = items[listPage-1].Sort
	}
	if q.Trigger != 0 {
		keys := make([]platform.Key, len(items))
		for i, item := range items {
			keys[i] = deliveryKey(q.Registry, shipbell.DeliveryID(item.Sort))
		}
		if items, err = s.o.KV.Get(ctx, keys...); err != nil {
			return nil, "", unavailable(err)
		}
	}
	deliveries, err = decodeDeliveries(m.leave(items))
	return deliveries, last, err
}

// NewestOf reads the newest delivery of each of a registry's triggers, at most 100; a
// trigger that has none is missing from the answer.
func (s *Store) NewestOf(ctx context.Context, registry string, triggers ...shipbell.ID) (map[shipbell.ID]shipbell.Delivery, error) {
	const readers = 8
	found, errs := make([]shipbell.DeliveryID, len(triggers)), make([]error, len(triggers))
	var all sync.WaitGroup
	free := make(chan struct{}, readers)
	for i, id := range triggers {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			items, err := s.o.KV.Range(ctx, platform.Range{Partition: triggerDeliveryPartition(registry, id), Descending: true, Limit: 1})
			if errs[i] = err; len(items) == 1 {
				found[i] = shipbell.DeliveryID(items[0].Sort)
			}
		})
	}
	all.Wait()
	if err := platform.First(errs); err != nil {
		return nil, unavailable(err)
	}
	newest := make(map[shipbell.ID]shipbell.Delivery, len(triggers))
	found = slices.DeleteFunc(found, func(id shipbell.DeliveryID) bool { return id == "" })
	if len(found) == 0 {
		return newest, nil
	}
	deliveries, err := s.deliveries(ctx, registry, found...)
	for _, d := range deliveries {
		newest[d.TriggerID] = d
	}
	return newest, err
}

// CancelPending cancels the deliveries of a trigger that still wait. It looks
// back as far as one call of a person may take; whatever waits beyond is
// cancelled when its time comes.
func (s *Store) CancelPending(ctx context.Context, registry string, id shipbell.ID, reason text.Code) error {
	const pages = 100
	q := Query{Registry: registry, Trigger: id}
	to := ""
	for range pages {
		deliveries, last, err := s.page(ctx, q, nil, "", to)
		if err != nil {
			return err
		}
		now := s.o.Now().UTC()
		pending := deliveries[:0]
		for _, d := range deliveries {
			if d.Status == shipbell.Pending && !d.LeaseUntil.After(now) {
				d.Cancel(now, reason)
				pending = append(pending, d)
			}
		}
		if _, err := s.SaveAll(ctx, pending, nil); err != nil {
			return err
		}
		if last == "" {
			return nil
		}
		to = last
	}
	return nil
}
