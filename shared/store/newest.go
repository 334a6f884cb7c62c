package store

import (
	"context"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// MaxNewest is how many deliveries Newest counts.
const MaxNewest = 10_000

// Newest answers deliveries of some triggers of a registry, newest first: limit of
// them after the first offset. total is how many there are, counted up to MaxNewest;
// those beyond are not found in this way, but by List.
func (s *Store) Newest(ctx context.Context, registry string, triggers []shipbell.ID, offset, limit int) (deliveries []shipbell.Delivery, total int, err error) {
	var ids []shipbell.DeliveryID
	for _, id := range triggers {
		from := "" // what is older than all that count need not be read
		if len(ids) == MaxNewest {
			from = string(ids[MaxNewest-1])
		}
		if ids, err = s.appendNewest(ctx, ids, registry, id, from); err != nil {
			return nil, 0, err
		}
		slices.SortFunc(ids, func(a, b shipbell.DeliveryID) int { return strings.Compare(string(b), string(a)) })
		ids = ids[:min(len(ids), MaxNewest)]
	}
	begin := min(offset, len(ids))
	end := begin + min(limit, len(ids)-begin)
	deliveries = make([]shipbell.Delivery, 0, end-begin)
	for chunk := range slices.Chunk(ids[begin:end], listPage) {
		page, err := s.deliveries(ctx, registry, chunk...)
		if err != nil {
			return nil, 0, err
		}
		deliveries = append(deliveries, page...)
	}
	return deliveries, len(ids), nil
}

// appendNewest appends the ids of a trigger's newest deliveries, down to from and at
// most MaxNewest.
func (s *Store) appendNewest(ctx context.Context, ids []shipbell.DeliveryID, registry string, id shipbell.ID, from string) ([]shipbell.DeliveryID, error) {
	const page = 1000
	r := platform.Range{Partition: triggerDeliveryPartition(registry, id), From: from, Descending: true, Limit: page}
	for range MaxNewest / page {
		items, err := s.o.KV.Range(ctx, r)
		if err != nil {
			return nil, unavailable(err)
		}
		for _, item := range items {
			ids = append(ids, shipbell.DeliveryID(item.Sort))
		}
		if len(items) < page {
			break
		}
		r.To = items[page-1].Sort
	}
	return ids, nil
}
