package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	// maxJudged and maxJudgedBytes bound how many events one list reads, and about how many
	// bytes, because a delivery's row does not tell whether the list wants it.
	maxJudged      = 200
	maxJudgedBytes = 16 << 20
)

// errEnough tells that a list has read as many events as it may.
var errEnough = errors.New("the list has read as many events as it may")

// judge decides which deliveries a list wants.
type judge struct {
	store       *Store
	query       *Query
	read, bytes int
}

// wants reports whether the list wants a delivery. It reads its event if only that can tell,
// or gives errEnough. A delivery whose event is not kept any more is not wanted then.
func (j *judge) wants(ctx context.Context, d *shipbell.Delivery) (bool, error) {
	where := j.query.Where
	if !j.query.wants(d) {
		return false, nil
	}
	if where == nil {
		return true, nil
	}
	verdict := where.Judge(d)
	if verdict != shipbell.Unsure {
		return verdict == shipbell.Yes, nil
	}
	if j.read >= maxJudged || j.bytes >= maxJudgedBytes {
		return false, errEnough
	}
	j.read++
	j.bytes += inReceipt
	if body := d.Excerpt.Body; body != nil {
		j.bytes += body.Count * chunkSize
	}
	err := j.store.LoadEvent(ctx, d)
	if shipbell.KindOf(err) == shipbell.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	verdict = where.Judge(d)
	d.Whole = nil // a list keeps no events
	return verdict == shipbell.Yes, nil
}

// listEvent is list for the deliveries of the event with an id, or for the delivery with
// it. It need not scan for them.
func (s *Store) listEvent(ctx context.Context, q Query) (list DeliveryList, err error) {
	list.Deliveries = []shipbell.Delivery{}
	ids, err := s.idsOfEvent(ctx, q.Registry, q.Where.Event)
	if err != nil {
		return list, err
	}
	from, to := q.bounds()
	ids = slices.DeleteFunc(ids, func(id shipbell.DeliveryID) bool {
		return string(id) < from || to != "" && string(id) >= to
	})
	slices.SortFunc(ids, func(a, b shipbell.DeliveryID) int { return strings.Compare(string(b), string(a)) })
	ids = slices.Compact(ids)
	judge, above := judge{store: s, query: &q}, q.Before
	for page := range slices.Chunk(ids[:min(len(ids), maxExamined)], listPage) {
		deliveries, err := s.Deliveries(ctx, q.Registry, page...)
		if err != nil {
			return DeliveryList{}, err
		}
		for i := range deliveries {
			d := deliveries[i]
			wanted, err := judge.wants(ctx, &d)
			if errors.Is(err, errEnough) {
				list.Next = above
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
	}
	if len(ids) > maxExamined {
		list.Next = ids[maxExamined-1]
	}
	return list, nil
}

// idsOfEvent are the ids of the deliveries of an event, or of the burst that it is one of;
// for the id of a delivery it is that.
func (s *Store) idsOfEvent(ctx context.Context, registry, id string) ([]shipbell.DeliveryID, error) {
	if one, err := shipbell.ParseDeliveryID(strings.ToUpper(id)); err == nil {
		return []shipbell.DeliveryID{one}, nil
	}
	var r receipt
	_, found, err := s.get(ctx, receiptKey(registry, id), &r)
	if err == nil && found && r.Burst != nil && r.Burst.ID != id {
		id, r = r.Burst.ID, receipt{}
		_, found, err = s.get(ctx, receiptKey(registry, id), &r)
	}
	if shipbell.KindOf(err) == shipbell.Damaged {
		return nil, nil // it was set aside, and names nothing
	}
	if err != nil || !found {
		return nil, err
	}
	ids, err := s.ids(ctx, eventPartition(registry, id), &r)
	if errors.Is(err, errMissing) {
		return nil, nil
	}
	return slices.Clone(ids), err
}
