// Package store keeps what Shipbell knows: registries, triggers, access keys,
// the catalog, events and deliveries. It is written once, over the key-value
// contract of package platform, and holds no connection or file of its own.
//
// Every key of a tenant's data begins with the registry, and every read is by
// key: another registry's object is simply not there.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Sealer encrypts secrets before they are stored. The context binds a sealed
// text to its place: it opens with the same context only.
type Sealer interface {
	Seal(context, text string) (string, error)
	Open(context, sealed string) (string, error)
}

// Options are what a store is made of.
type Options struct {
	KV     platform.KV
	Sealer Sealer
	// Now tells the time.
	Now func() time.Time
	// Retention is how long events and deliveries are kept.
	Retention time.Duration
	// MaxDelay is the queue's: a wait within it is woken by the queue, a longer
	// one by sweep.
	MaxDelay time.Duration
	// KeepNew is how many new deliveries are kept in memory until Take, which saves
	// reading them back where the process that stores them also sends them.
	KeepNew int
}

// Store reads and writes Shipbell's records. It may be used from many goroutines.
type Store struct {
	o Options

	mu      sync.Mutex
	rules   map[string]*cachedRules
	keys    map[string]cachedKey
	new     map[shipbell.DeliveryID]shipbell.Delivery
	ignored map[string]*ignoring
}

// New makes a store over a key-value store.
func New(o Options) *Store {
	return &Store{
		o: o, rules: map[string]*cachedRules{}, keys: map[string]cachedKey{}, new: map[shipbell.DeliveryID]shipbell.Delivery{},
		ignored: map[string]*ignoring{},
	}
}

// freshFor is how long something read may be used before it is checked again.
const freshFor = time.Second

// errAgain tells that somebody else wrote in between.
var errAgain = errors.New("changed in between")

// retry repeats a read-change-write that lost a race.
func retry(ctx context.Context, change func() error) error {
	const tries = 20
	var err error
	for try := range tries {
		if err = change(); !errors.Is(err, errAgain) {
			return err
		}
		// Longer each time, so that many who want the same come through in the end.
		select {
		case <-time.After(time.Duration(try) * time.Millisecond):
		case <-ctx.Done():
			return shipbell.Wrap(shipbell.Unavailable, context.Cause(ctx), text.TooManyChanges)
		}
	}
	return shipbell.Wrap(shipbell.Unavailable, err, text.TooManyChanges)
}

// get reads one item and decodes it into value. found is false when there is no
// such item.
func (s *Store) get(ctx context.Context, key platform.Key, value any) (item platform.Item, found bool, err error) {
	items, err := s.o.KV.Get(ctx, key)
	if err != nil {
		return item, false, unavailable(err)
	}
	if item = items[0]; item.Version == 0 {
		return item, false, nil
	}
	if err := json.Unmarshal(item.Value, value); err != nil {
		return item, true, fmt.Errorf("decode %s %s: %w", key.Partition, key.Sort, err)
	}
	return item, true, nil
}

// put writes one value. A condition that does not hold gives errAgain.
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
	err := s.o.KV.Write(ctx, w)[0]
	if errors.Is(err, platform.ErrConflict) {
		return errAgain
	}
	return unavailable(err)
}

// all reads a whole partition, page by page.
func (s *Store) all(ctx context.Context, partition string, each func(platform.Item) error) error {
	for from := ""; ; {
		items, err := s.o.KV.Range(ctx, platform.Range{Partition: partition, From: from, Limit: 1000})
		if err != nil {
			return unavailable(err)
		}
		for _, item := range items {
			if err := each(item); err != nil {
				return err
			}
		}
		if len(items) < 1000 {
			return nil
		}
		from = items[len(items)-1].Sort + "\x00"
	}
}

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return shipbell.Wrap(shipbell.Unavailable, err, text.StoreUnavailable)
}
