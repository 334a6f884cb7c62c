// Package store keeps what Shipbell knows: registries, triggers, access keys,
// the catalog, events and deliveries. It is written once, over the key-value
// contract of package platform, and holds no connection or file of its own.
//
// Every key of a tenant's data begins with the registry, and every read is by
// key: another registry's object is simply not there.
package store

import (
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/ignored"
	"github.com/shipbell/shipbell/shared/store/setaside"
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
	// Metered has messages carry rows, which saves reading them: see Message.
	Metered bool
	// Schedule is the waits after failed attempts: what is pending is kept for as long
	// as it can last, and a day. A process that accepts and redelivers nothing needs none.
	Schedule shipbell.Schedule
	// KeepUnmatched is whether registries keep pushes and deletes that nothing matched, if
	// they do not say.
	KeepUnmatched bool
	// KeepNew is how many bytes of new deliveries are kept in memory until Take, which
	// saves reading them back where the process that stores them also sends them.
	KeepNew int
	// Atomic tells that a call of KV.Write is done as a whole or not at all, also when the
	// process crashes in it. Then what an event teaches is written with its deliveries.
	Atomic bool
	// Random draws from all numbers, from many goroutines; a source of the system if nil.
	// It makes tokens, which are unique but no secrets, and the jitter of waits.
	Random func() uint64
	// Logger gets a line for each damaged record that is found; nil logs nothing.
	Logger *slog.Logger
	// Metrics counts what becomes of deliveries, and the calls of KV that failed; nil
	// counts nothing.
	Metrics *metrics.Recorder
}

// Store reads and writes Shipbell's records. It may be used from many goroutines.
type Store struct {
	o       Options
	items   platform.Items
	ignored *ignored.Log
	refused *ignored.Refusals
	aside   *setaside.Records
	logger  *slog.Logger
	events  *eventCache

	keys     cache[shipbell.AccessKey]
	triggers cache[shipbell.Trigger]

	mu          sync.Mutex
	rules       map[string]*cachedRules
	checkpoints map[string]cachedCheckpoint
	clock       time.Time // the latest clock, as keepClock read or stored it
	new         map[shipbell.DeliveryID]shipbell.Delivery
	noted       map[string]bool // damaged records that are set aside, by name
	newBytes    int             // of new
	pages       pageSize
}

// New makes a store over a key-value store.
func New(o Options) *Store {
	if o.Random == nil {
		o.Random = rand.Uint64
	}
	items := platform.NewItems(answering{o.KV, o.Metrics})
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		o: o, items: items, ignored: ignored.New(items, o.Now), aside: setaside.New(items, o.Now), logger: logger, noted: map[string]bool{}, events: newEventCache(),
		rules: map[string]*cachedRules{}, checkpoints: map[string]cachedCheckpoint{}, new: map[shipbell.DeliveryID]shipbell.Delivery{},
	}
	s.refused = ignored.NewRefusals(items, o.Now, s.RegistryIDs)
	return s
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

// Refusals remembers why requests with events were refused.
func (s *Store) Refusals() *ignored.Refusals { return s.refused }
