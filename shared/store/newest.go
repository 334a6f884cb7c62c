package store

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// MaxNewest is how many deliveries Newest counts.
const MaxNewest = 10_000

// Newest answers deliveries of some triggers of a registry, newest first: it skips
// offset of them and answers at most limit, as forList has them. total is how many there are, counted up to
// MaxNewest; List finds those beyond.
func (s *Store) Newest(ctx context.Context, registry string, triggers []shipbell.ID, offset, limit int) (deliveries []shipbell.Delivery, total int, err error) {
	var ids []shipbell.DeliveryID
	for _, id := range triggers {
		from := "" // what is older than all that count need not be read
		if len(ids) == MaxNewest {
			from = string(ids[MaxNewest-1])
		}
		entries, err := s.newest(ctx, registry, id, from, "", MaxNewest)
		if err != nil {
			return nil, 0, err
		}
		ids = append(ids, idsOf(entries)...)
		slices.SortFunc(ids, func(a, b shipbell.DeliveryID) int { return strings.Compare(string(b), string(a)) })
		ids = ids[:min(len(ids), MaxNewest)]
	}
	begin := min(offset, len(ids))
	end := begin + min(limit, len(ids)-begin)
	deliveries = make([]shipbell.Delivery, 0, end-begin)
	for page := range slices.Chunk(ids[begin:end], listPage) {
		read, err := s.Deliveries(ctx, registry, page...)
		if err != nil {
			return nil, 0, err
		}
		for i := range read {
			forList(&read[i])
		}
		deliveries = append(deliveries, read...)
	}
	return deliveries, len(ids), s.loadAnswers(ctx, pointers(deliveries)...)
}

// NewestOf reads the newest deliveries of each of some triggers of a registry, at most
// so many each: in the order of the triggers, the newest first.
func (s *Store) NewestOf(ctx context.Context, registry string, each int, triggers ...shipbell.ID) ([]shipbell.Delivery, error) {
	const readers = 8
	entries, errs := make([][]platform.Item, len(triggers)), make([]error, len(triggers))
	var all sync.WaitGroup
	free := make(chan struct{}, readers)
	for i, id := range triggers {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			entries[i], errs[i] = s.newest(ctx, registry, id, "", "", each)
		})
	}
	all.Wait()
	if err := platform.First(errs); err != nil {
		return nil, err
	}
	deliveries, err := s.Deliveries(ctx, registry, idsOf(slices.Concat(entries...))...)
	if err != nil {
		return nil, err
	}
	return deliveries, s.loadAnswers(ctx, pointers(deliveries)...)
}

// ReceiptTimes tells when the events of the oldest and the newest delivery of a registry
// were received; both are zero if there is none.
func (s *Store) ReceiptTimes(ctx context.Context, registry string) (first, last time.Time, err error) {
	oldest, err := s.items.Range(ctx, platform.Range{Partition: deliveryPartition(registry), Spread: true, Limit: 1})
	if err != nil || len(oldest) == 0 {
		return first, last, err
	}
	newest, err := s.newest(ctx, registry, 0, "", "", 1)
	if err != nil || len(newest) == 0 {
		return first, last, err
	}
	return idsOf(oldest)[0].ReceivedAt(), idsOf(newest)[0].ReceivedAt(), nil
}

func idsOf(items []platform.Item) []shipbell.DeliveryID {
	ids := make([]shipbell.DeliveryID, len(items))
	for i, item := range items {
		ids[i] = shipbell.DeliveryID(item.Sort)
	}
	return ids
}
