package store

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// DueKeys reads the keys of at most limit pending deliveries and bursts that sweep must
// look at by until, the earliest first. They are a hint: one may have ended since. Fewer
// than limit means that no more are due.
func (s *Store) DueKeys(ctx context.Context, until time.Time, limit int) ([]platform.Key, error) {
	keys, err := s.items.Due(ctx, time.Time{}, until, limit)
	for i := range keys {
		keys[i].Spread = isDelivery(keys[i].Partition)
	}
	return keys, err
}

// Due reads the deliveries among keys that are still due by until, in pages of about a MiB,
// so that any number of deliveries of any size can be read. Those that are damaged leave
// the index. After the error of a page it goes on with the next.
func (s *Store) Due(ctx context.Context, keys []platform.Key, until time.Time) iter.Seq2[[]shipbell.Delivery, error] {
	keys = slices.DeleteFunc(slices.Clone(keys), func(key platform.Key) bool { return !isDelivery(key.Partition) })
	return func(yield func([]shipbell.Delivery, error) bool) {
		for len(keys) > 0 {
			page := keys[:min(len(keys), s.pages.next())]
			keys = keys[len(page):]
			items, err := s.items.Get(ctx, page...)
			s.pages.read(items)
			items = slices.DeleteFunc(items, func(item platform.Item) bool {
				return item.Damage == nil && (item.Due.IsZero() || item.Due.After(until))
			})
			if !yield(s.decodeDeliveries(ctx, items), err) {
				return
			}
		}
	}
}

// DueIDs reads which deliveries of a registry have a due time, as a hint: one may have
// ended since. It looks at limit due times of all registries; more tells that there are
// others.
func (s *Store) DueIDs(ctx context.Context, registry string, limit int) (ids []shipbell.DeliveryID, more bool, err error) {
	// Whatever is due later than that has expired by then.
	keys, err := s.items.Due(ctx, time.Time{}, s.o.Now().Add(s.o.Retention), limit)
	for _, key := range keys {
		if key.Partition == deliveryPartition(registry) {
			ids = append(ids, shipbell.DeliveryID(key.Sort))
		}
	}
	return ids, len(keys) == limit, err
}

// ScanPage is a page of a registry's deliveries.
type ScanPage struct {
	// States are of all deliveries of the page that can be read, in the order of their ids.
	States []State
	// Next is where the next page begins, or "" if this one is empty.
	Next shipbell.DeliveryID
	// More tells that there may be more.
	More bool

	// Orphans are the deliveries of the page that are pending and have no due time:
	// nobody but the caller will come back to them.
	Orphans []shipbell.Delivery
}

// State is what counting takes of a delivery.
type State struct {
	ID         shipbell.DeliveryID `json:"-"`
	Status     shipbell.Status     `json:"status"`
	LeaseUntil time.Time           `json:"lease_until"`
	// Attempts is one for each attempt, or Tries is: see triedRow.
	Attempts []struct{}        `json:"attempts"`
	Tries    []json.RawMessage `json:"tries"`
}

// AttemptFailed reports whether an attempt of a pending delivery has failed. The last
// of its attempts may still be under way.
func (s *State) AttemptFailed() bool {
	return attemptFailed(max(len(s.Attempts), len(s.Tries)), s.LeaseUntil)
}

// AttemptFailed is State.AttemptFailed for a whole delivery.
func AttemptFailed(d *shipbell.Delivery) bool { return attemptFailed(len(d.Attempts), d.LeaseUntil) }

func attemptFailed(attempts int, leaseUntil time.Time) bool {
	return attempts > 1 || attempts == 1 && leaseUntil.IsZero()
}

// Scan reads the deliveries of a registry from one id on and before another ("" is no
// bound), oldest first and at most limit. It fails if a damaged one cannot be set aside now.
func (s *Store) Scan(ctx context.Context, registry string, from, before shipbell.DeliveryID, limit int) (p ScanPage, err error) {
	items, err := s.items.Range(ctx, platform.Range{
		Partition: deliveryPartition(registry), Spread: true, From: string(from), To: string(before), Limit: limit,
	})
	if err != nil || len(items) == 0 {
		return p, err
	}
	if limit > 1 {
		s.pages.read(items)
	}
	p.Next, p.More = shipbell.DeliveryID(items[len(items)-1].Sort+"\x00"), len(items) == limit
	var orphans []platform.Item
	for _, item := range items {
		state := State{ID: shipbell.DeliveryID(item.Sort)}
		if err := s.decode(ctx, item, &state); err != nil {
			// A scan that goes on would be the last to see it.
			if !s.isNoted(item) {
				return ScanPage{}, unavailable(err)
			}
			continue
		}
		p.States = append(p.States, state)
		if state.Status == shipbell.Pending && item.Due.IsZero() {
			orphans = append(orphans, item)
		}
	}
	p.Orphans = s.decodeDeliveries(ctx, orphans)
	return p, nil
}

// ScanAll is Scan in pages of about a MiB, without empty ones. After an error it ends.
func (s *Store) ScanAll(ctx context.Context, registry string, from, before shipbell.DeliveryID) iter.Seq2[ScanPage, error] {
	return func(yield func(ScanPage, error) bool) {
		for more := before == "" || from < before; more; {
			page, err := s.Scan(ctx, registry, from, before, s.pages.next())
			if err == nil && page.Next == "" || !yield(page, err) || err != nil {
				return
			}
			from, more = page.Next, page.More
		}
	}
}
