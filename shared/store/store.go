// Package store keeps what Shipbell knows: registries, triggers, access keys,
// the catalog, events and deliveries. It is written once, over the key-value
// contract of package platform, and holds no connection or file of its own.
//
// Every key of a tenant's data begins with the registry, and every read is by
// key: another registry's object is simply not there.
package store

import (
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/ignored"
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
	o       Options
	items   platform.Items
	ignored *ignored.Log

	mu          sync.Mutex
	rules       map[string]*cachedRules
	keys        map[string]cachedKey
	checkpoints map[string]readCheckpoint
	new         map[shipbell.DeliveryID]shipbell.Delivery
}

// New makes a store over a key-value store.
func New(o Options) *Store {
	items := platform.NewItems(answering{o.KV})
	return &Store{
		o: o, items: items, ignored: ignored.New(items, o.Now),
		rules: map[string]*cachedRules{}, keys: map[string]cachedKey{}, checkpoints: map[string]readCheckpoint{}, new: map[shipbell.DeliveryID]shipbell.Delivery{},
	}
}

// Items are the items of the key-value store, for packages that keep records beside the
// store's. Their failures are Unavailable errors.
func (s *Store) Items() platform.Items { return s.items }

// Retention is how long events and deliveries are kept.
func (s *Store) Retention() time.Duration { return s.o.Retention }

// Now tells the store's time.
func (s *Store) Now() time.Time { return s.o.Now() }

// Ignored is the log of the events that made no deliveries.
func (s *Store) Ignored() *ignored.Log { return s.ignored }

// freshFor is how long something read may be used before it is checked again.
const freshFor = time.Second
