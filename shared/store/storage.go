package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// answering is a platform.KV whose failures are Unavailable errors, which a caller may
// see, and counted. Conflicts stay as they are.
type answering struct {
	platform.KV
	metrics *metrics.Recorder
}

func (a answering) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	items, err := a.KV.Get(ctx, keys...)
	return items, a.failed(ctx, err)
}

func (a answering) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	items, err := a.KV.Range(ctx, r)
	return items, a.failed(ctx, err)
}

func (a answering) Due(ctx context.Context, from, until time.Time, limit int) ([]platform.Key, error) {
	keys, err := a.KV.Due(ctx, from, until, limit)
	return keys, a.failed(ctx, err)
}

func (a answering) Write(ctx context.Context, writes ...platform.Write) []error {
	errs := a.KV.Write(ctx, writes...)
	var failed error
	for i, err := range errs {
		if err != nil && !errors.Is(err, platform.ErrConflict) && !errors.Is(err, platform.ErrSkipped) {
			failed = unavailable(err)
			errs[i] = failed
		}
	}
	a.count(ctx, failed)
	return errs
}

func (a answering) failed(ctx context.Context, err error) error {
	a.count(ctx, err)
	return unavailable(err)
}

// count counts a call that failed, unless its caller has gone.
func (a answering) count(ctx context.Context, err error) {
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		a.metrics.StoreError()
	}
}

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return shipbell.Wrap(shipbell.Unavailable, err, text.StoreUnavailable)
}

// retry repeats a read-change-write while it meets platform.ErrConflict.
func (s *Store) retry(ctx context.Context, change func() error) error {
	const tries = 100
	var err error
	for try := range tries {
		began := s.o.Now()
		if err = change(); !errors.Is(err, platform.ErrConflict) {
			return err
		}
		select {
		case <-time.After(s.pause(try, s.o.Now().Sub(began))):
		case <-ctx.Done():
			return shipbell.Wrap(shipbell.Unavailable, context.Cause(ctx), text.TooManyChanges)
		}
	}
	return shipbell.Wrap(shipbell.Unavailable, err, text.TooManyChanges)
}

// pause is how long to wait before a try that follows others, of which the last one took
// some time. Of tries that meet one succeeds. So the wait is random, within a time that
// doubles until a hundred tries fit in it one after the other.
func (s *Store) pause(tries int, took time.Duration) time.Duration {
	const shortest, longest = time.Millisecond, 5 * time.Second
	within := min(max(took, shortest)<<min(tries, 7), longest)
	return time.Duration(s.o.Random() % uint64(within))
}

// Update reads an item of a package beside the store and writes it back if change
// reports that it changed it; both again when another process wrote it meanwhile.
func (s *Store) Update(ctx context.Context, key platform.Key, change func(*platform.Item) (changed bool)) error {
	return s.retry(ctx, func() error {
		items, err := s.items.Get(ctx, key)
		if err != nil || !change(&items[0]) {
			return err
		}
		return s.write(ctx, platform.Write{Item: items[0], If: platform.Condition(items[0].Version)})
	})
}

// get reads one item and decodes it into value. found is false when there is no
// such item. One that cannot be read gives a Damaged error.
func (s *Store) get(ctx context.Context, key platform.Key, value any) (item platform.Item, found bool, err error) {
	items, err := s.items.Get(ctx, key)
	if err != nil {
		return item, false, err
	}
	if item = items[0]; item.Version == 0 {
		return item, false, nil
	}
	return item, true, s.decode(ctx, item, value)
}

// put writes one value. A condition that does not hold gives platform.ErrConflict.
func (s *Store) put(ctx context.Context, key platform.Key, value any, condition platform.Condition) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", key.Partition, key.Sort, err)
	}
	return s.write(ctx, platform.Write{Item: platform.Item{Key: key, Value: data}, If: condition})
}

func (s *Store) remove(ctx context.Context, key platform.Key, condition platform.Condition) error {
	return s.write(ctx, platform.Write{Item: platform.Item{Key: key}, If: condition, Delete: true})
}

func (s *Store) write(ctx context.Context, w platform.Write) error {
	return s.items.Write(ctx, w)[0]
}
