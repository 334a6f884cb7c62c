package platform

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Limits of one call of a KV or a Queue.
const (
	// MaxWrites is the most writes of one call of KV.Write.
	MaxWrites = maxCall

	maxCall  = 100   // keys, writes or messages
	maxRange = 1_000 // items
)

// Items is a KV without the limits of one call: it takes any number of keys and
// writes, and makes as many calls as they need. It keeps to the limit of a value:
// one that is larger is refused before anything that depends on it is written.
type Items struct{ kv KV }

// NewItems makes Items of a key-value store.
func NewItems(kv KV) Items { return Items{kv} }

// Get is KV.Get for any number of keys.
func (s Items) Get(ctx context.Context, keys ...Key) ([]Item, error) {
	items := make([]Item, 0, len(keys))
	for chunk := range slices.Chunk(keys, maxCall) {
		found, err := s.kv.Get(ctx, chunk...)
		if err != nil {
			return nil, err
		}
		items = append(items, found...)
	}
	return items, nil
}

// Write is KV.Write for any number of writes. Guarded writes depend on the first
// write of all. A value larger than MaxValue is ErrTooLarge; if it is the first of
// guarded writes or one of them, nothing at all is written.
func (s Items) Write(ctx context.Context, writes ...Write) []error {
	tooLarge := func(w Write) bool { return !w.Delete && len(w.Item.Value) > MaxValue }
	if !slices.ContainsFunc(writes, tooLarge) {
		return s.write(ctx, writes)
	}
	guarded := slices.ContainsFunc(writes, func(w Write) bool { return w.Guarded })
	errs := make([]error, len(writes))
	var rest []Write
	var at []int // their places in writes
	for i, w := range writes {
		switch {
		case tooLarge(w):
			errs[i] = fmt.Errorf("write %s %s of %d bytes: %w", w.Item.Partition, w.Item.Sort, len(w.Item.Value), ErrTooLarge)
		case guarded:
			errs[i] = ErrSkipped
		default:
			rest, at = append(rest, w), append(at, i)
		}
	}
	for i, err := range s.write(ctx, rest) {
		errs[at[i]] = err
	}
	return errs
}

// write makes as many calls as the writes need.
func (s Items) write(ctx context.Context, writes []Write) []error {
	first := writes[:min(len(writes), maxCall)]
	if len(first) == 0 {
		return nil
	}
	errs := make([]error, len(writes))
	copy(errs, s.kv.Write(ctx, first...))
	var rest []Write
	var at []int // their places in writes
	for i := len(first); i < len(writes); i++ {
		w := writes[i]
		if w.Guarded && errs[0] != nil {
			errs[i] = ErrSkipped
			continue
		}
		w.Guarded = false // the first write is done
		rest, at = append(rest, w), append(at, i)
	}
	for i, err := range s.write(ctx, rest) {
		errs[at[i]] = err
	}
	return errs
}

// Range is KV.Range with a limit of any size.
func (s Items) Range(ctx context.Context, r Range) ([]Item, error) {
	var items []Item
	for item, err := range s.Each(ctx, r) {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// Each reads the items of a range one after the other, with the range's Spread in
// their keys; without a Limit it reads them all. After an error it ends.
func (s Items) Each(ctx context.Context, r Range) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for left := r.Limit; r.Limit == 0 || left > 0; left -= maxRange {
			page := r
			if page.Limit = maxRange; r.Limit > 0 {
				page.Limit = min(left, maxRange)
			}
			items, err := s.kv.Range(ctx, page)
			if err != nil {
				yield(Item{}, err)
				return
			}
			for _, item := range items {
				item.Spread = r.Spread
				if !yield(item, nil) {
					return
				}
			}
			if len(items) < page.Limit {
				return
			}
			if last := items[len(items)-1].Sort; r.Descending {
				r.To = last
			} else {
				r.From = last + "\x00"
			}
		}
	}
}

// Due is KV.Due.
func (s Items) Due(ctx context.Context, from, until time.Time, limit int) ([]Key, error) {
	return s.kv.Due(ctx, from, until, limit)
}

// SendAll is Queue.Send for any number of messages.
func SendAll(ctx context.Context, q Queue, messages ...Message) []error {
	errs := make([]error, 0, len(messages))
	for chunk := range slices.Chunk(messages, maxCall) {
		errs = append(errs, q.Send(ctx, chunk...)...)
	}
	return errs
}
