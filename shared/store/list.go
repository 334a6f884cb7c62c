package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
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
	// Where restricts further, or is nil.
	Where *shipbell.Selection
	// Since and Until bound when the event was received; Until is not included.
	Since, Until time.Time
	// Limit is the most deliveries to answer, at least 1. One call of List reads at
	// most 2,000 to find them, and a bounded number of their events.
	Limit int
	// Before is where the last page ended: only deliveries with lower ids come.
	Before shipbell.DeliveryID
}

// maxExamined bounds how many deliveries one call of List reads.
const maxExamined = 2000

// DeliveryList is a page of deliveries, newest first, as forList has them.
type DeliveryList struct {
	Deliveries []shipbell.Delivery
	// Next is where the next page begins, or "" at the end. A page may be short, or
	// empty, before the end.
	Next shipbell.DeliveryID
	// Damaged is how many records between the page's ends cannot be read and may be of
	// deliveries that the query means.
	Damaged int
}

// List answers a page of deliveries.
func (s *Store) List(ctx context.Context, q Query) (DeliveryList, error) {
	list, err := s.list(ctx, q)
	if err == nil {
		err = s.loadAnswers(ctx, pointers(list.Deliveries)...)
	}
	return list, err
}

func (s *Store) list(ctx context.Context, q Query) (list DeliveryList, err error) {
	if q.Where != nil && q.Where.Event != "" {
		return s.listEvent(ctx, q)
	}
	list.Deliveries = []shipbell.Delivery{}
	filter, judge := q.prefilter(), judge{store: s, query: &q}
	from, to := q.bounds()
	above := q.Before
	for examined := 0; examined < maxExamined; examined += listPage {
		items, last, err := s.page(ctx, q, filter, from, to)
		if err != nil {
			return DeliveryList{}, err
		}
		for _, item := range items {
			if item.Version == 0 {
				continue
			}
			d, err := s.decodeDelivery(ctx, item)
			if err != nil {
				list.Damaged++
				continue
			}
			wanted, err := judge.wants(ctx, &d)
			if errors.Is(err, errEnough) {
				list.Next = above // the delivery is the first of the next page
				return list, nil
			}
			if err != nil {
				return DeliveryList{}, err
			}
			if above = d.ID; !wanted {
				continue
			}
			forList(&d)
			if list.Deliveries = append(list.Deliveries, d); len(list.Deliveries) == q.Limit {
				list.Next = d.ID
				return list, nil
			}
		}
		if last == "" {
			return list, nil
		}
		to = last
	}
	list.Next = shipbell.DeliveryID(to)
	return list, nil
}

// listPage is how many deliveries are read at once.
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
		(q.Trigger == 0 || q.Trigger == d.TriggerID) &&
		(q.Action == "" || d.Event.Action == q.Action) &&
		(q.Repository == "" || slices.Contains(shortened(q.Repository), d.Event.Repository.FullName))
}

// shortened are the forms in which a row may have a text.
func shortened(text string) []string {
	forms := []string{text}
	for _, limit := range textLimits() {
		if short := shipbell.Shorten(text, limit); !slices.Contains(forms, short) {
			forms = append(forms, short)
		}
	}
	return forms
}

// forList drops all resources but the first from a delivery that an older version stored
// with its event: lists show no more, and stay small. Such a delivery cannot be saved.
func forList(d *shipbell.Delivery) {
	if d.Excerpt == nil && len(d.Event.Resources) > maxTried {
		d.Excerpt = &shipbell.Excerpt{Resources: len(d.Event.Resources)}
		d.Event.Resources = slices.Clone(d.Event.Resources[:1])
	}
}

// newest reads the newest items of a registry's deliveries, or of one trigger's entries,
// between two sort keys ("" is no bound): newest first and at most limit.
func (s *Store) newest(ctx context.Context, registry string, trigger shipbell.ID, from, to string, limit int) ([]platform.Item, error) {
	r := platform.Range{Partition: deliveryPartition(registry), Spread: true, From: from, To: to, Descending: true, Limit: limit}
	if trigger != 0 {
		r.Partition = triggerDeliveryPartition(registry, trigger)
	}
	return s.items.Range(ctx, r)
}

// page reads the next rows below to that pass the prefilter, newest first. last is
// the lowest key that was read, or "" when there are no more.
func (s *Store) page(ctx context.Context, q Query, filter prefilter, from, to string) (items []platform.Item, last string, err error) {
	items, err = s.newest(ctx, q.Registry, q.Trigger, from, to, listPage)
	if err != nil {
		return nil, "", err
	}
	if len(items) == listPage {
		last = items[listPage-1].Sort
	}
	if q.Trigger != 0 {
		keys := make([]platform.Key, len(items))
		for i, item := range items {
			keys[i] = deliveryKey(q.Registry, shipbell.DeliveryID(item.Sort))
		}
		if items, err = s.items.Get(ctx, keys...); err != nil {
			return nil, "", err
		}
	}
	return filter.apply(items), last, nil
}
