package store

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Ready reads the deliveries of a trigger that wait for an attempt whose time has come,
// from one id to another, oldest first: a page, which looks at no more than limit. next is
// where the next page begins, or "" at the end.
func (s *Store) Ready(ctx context.Context, registry string, trigger shipbell.ID, from, to shipbell.DeliveryID, limit int) (ready []shipbell.Delivery, next shipbell.DeliveryID, err error) {
	entries, err := s.items.Range(ctx, platform.Range{
		Partition: triggerDeliveryPartition(registry, trigger), Spread: true, From: string(from), To: string(to) + "\x00", Limit: min(limit, s.pages.next()),
	})
	if err != nil || len(entries) == 0 {
		return nil, "", err
	}
	keys := make([]platform.Key, len(entries))
	for i, entry := range entries {
		keys[i] = deliveryKey(registry, shipbell.DeliveryID(entry.Sort))
	}
	items, err := s.items.Get(ctx, keys...)
	if err != nil {
		return nil, "", err
	}
	s.pages.read(items)
	all, err := s.decodeDeliveries(ctx, items), nil
	now := s.o.Now()
	ready = slices.DeleteFunc(all, func(d shipbell.Delivery) bool {
		return d.Status != shipbell.Pending || d.LeaseUntil.After(now) || d.Wait(now) > 0
	})
	return ready, shipbell.DeliveryID(entries[len(entries)-1].Sort + "\x00"), nil
}

// pageSize adapts how many rows are read at once to what they hold, so that a page is of
// about a MiB. It begins with few rows, because nothing is known of them. It may be used
// from many goroutines.
type pageSize struct{ rows atomic.Int64 }

// The bounds of a page.
const (
	firstRows = 20
	mostRows  = 100
	pageBytes = 1 << 20
)

// next is how many rows to read next, at least 1.
func (p *pageSize) next() int { return cmp.Or(int(p.rows.Load()), firstRows) }

// read takes note of the rows that were read.
func (p *pageSize) read(items []platform.Item) {
	bytes := 0
	for _, item := range items {
		bytes += len(item.Value)
	}
	if len(items) > 0 {
		p.rows.Store(int64(max(1, min(mostRows, pageBytes*len(items)/max(bytes, 1)))))
	}
}
