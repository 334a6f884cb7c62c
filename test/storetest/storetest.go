// Package storetest gives tests a store over a local key-value store, a clock that moves
// when it is told, and processes that end in the middle of a write.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// Bench is one key-value store with the registry default, a clock that the test
// sets, and any number of stores over it, as processes have them.
type Bench struct {
	*store.Store
	T      *testing.T
	KV     platform.KV
	Sealer *access.Sealer
	Clock  *Clock
}

// Clock is a time that moves when it is told.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now tells the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass moves the clock.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Retention is that of the stores.
const Retention = 24 * time.Hour

// New makes a bench; the time is noon.
func New(t *testing.T) *Bench {
	t.Helper()
	return NewIn(t, t.TempDir())
}

// NewIn is New with its local store in a directory.
func NewIn(t *testing.T, dir string) *Bench {
	t.Helper()
	c := newClock()
	kv, err := local.Open(dir, local.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kv.Close(); err != nil {
			t.Error(err)
		}
	})
	return newBench(t, kv, c)
}

// NewOver is New over another key-value store, whose clock is its own.
func NewOver(t *testing.T, kv platform.KV) *Bench {
	t.Helper()
	return newBench(t, kv, newClock())
}

// Set sets the clock.
func (c *Clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func newClock() *Clock { return &Clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func newBench(t *testing.T, kv platform.KV, c *Clock) *Bench {
	t.Helper()
	keys, err := access.ParseSealKeys(access.NewSealKey())
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := access.NewSealer(keys...)
	if err != nil {
		t.Fatal(err)
	}
	b := &Bench{T: t, KV: kv, Sealer: sealer, Clock: c}
	b.Store = b.Over(kv)
	b.AddRegistry("default")
	return b
}

// Over is another process's store.
func (b *Bench) Over(kv platform.KV) *store.Store {
	return store.New(store.Options{
		KV: kv, Sealer: b.Sealer, Now: b.Clock.Now, Retention: Retention, MaxDelay: 15 * time.Minute, KeepNew: 1 << 20,
	})
}

// AddRegistry makes a registry.
func (b *Bench) AddRegistry(id string) {
	b.T.Helper()
	if _, _, err := b.PutRegistry(b.T.Context(), shipbell.Registry{ID: id, Host: "reg.example.com"}); err != nil {
		b.T.Fatal(err)
	}
}

// Trigger is a valid trigger of the registry default.
func Trigger(name string) shipbell.Trigger {
	t := shipbell.Trigger{
		Registry: "default", Name: name, Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
		Targets: []shipbell.Target{{URL: "https://ci.example.com/hook"}},
	}
	t.Normalise()
	return t
}

// Create stores a trigger.
func (b *Bench) Create(t shipbell.Trigger) shipbell.Trigger {
	b.T.Helper()
	created, err := b.CreateTrigger(b.T.Context(), t)
	if err != nil {
		b.T.Fatal(err)
	}
	return created
}

// Event is an event with one resource.
func Event(id string) *shipbell.Event {
	return &shipbell.Event{
		ID: id, Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/app"}, Resources: []shipbell.Resource{{Tag: "v1"}},
	}
}

// Fires are the matches of an event that fires a trigger with n targets.
func Fires(id shipbell.ID, n int) store.Matches {
	of := shipbell.Trigger{ID: id}
	for i := range n {
		of.Targets = append(of.Targets, shipbell.Target{URL: fmt.Sprintf("https://ci.example.com/%d", i)})
	}
	return func(e *shipbell.Event) iter.Seq[shipbell.Match] {
		return slices.Values([]shipbell.Match{{Trigger: &of, Resources: e.Resources}})
	}
}

// Matching are always the same matches.
func Matching(matches ...shipbell.Match) store.Matches {
	return func(*shipbell.Event) iter.Seq[shipbell.Match] { return slices.Values(matches) }
}

// Deliveries makes the deliveries of an event to n targets of a trigger.
func Deliveries(registry, event string, id shipbell.ID, n int) func(time.Time) []shipbell.Delivery {
	return func(at time.Time) []shipbell.Delivery {
		e := Event(event)
		return shipbell.NewDeliveries(registry, e, slices.Collect(Fires(id, n)(e)), at)
	}
}

// Accept accepts an event and answers all of its deliveries, as they are stored, and
// those that were made.
func Accept(ctx context.Context, s *store.Store, registry string, e *shipbell.Event, matches store.Matches) (all, made []shipbell.Delivery, err error) {
	accepted, err := s.Accept(ctx, registry, e, matches, func(created []shipbell.Delivery) { made = append(made, created...) })
	if err != nil {
		return nil, made, err
	}
	all, err = s.Deliveries(ctx, registry, accepted.Deliveries...)
	return all, made, err
}

// Receive accepts an event of the registry default with deliveries to n targets.
func (b *Bench) Receive(event string, id shipbell.ID, n int) []shipbell.Delivery {
	b.T.Helper()
	all, _, err := Accept(b.T.Context(), b.Store, "default", Event(event), Fires(id, n))
	if err != nil {
		b.T.Fatal(err)
	}
	return all
}

// MustSave saves a delivery.
func (b *Bench) MustSave(d *shipbell.Delivery) {
	b.T.Helper()
	if saved, err := b.Save(b.T.Context(), d); err != nil || !saved {
		b.T.Fatalf("save: %t, %v", saved, err)
	}
}

var errCut = errors.New("the process ended here")

// Cut is a key-value store of a process that ends in call At of Write, with
// Done of that call's changes done.
type Cut struct {
	platform.KV
	At, Done int

	mu    sync.Mutex
	calls int
}

// Write implements platform.KV.
func (c *Cut) Write(ctx context.Context, writes ...platform.Write) []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	done := len(writes)
	switch {
	case c.calls > c.At:
		done = 0
	case c.calls == c.At:
		done = min(c.Done, done)
	}
	if done > 0 {
		errs := c.KV.Write(ctx, writes[:done]...)
		if c.calls < c.At {
			return errs
		}
	}
	errs := make([]error, len(writes))
	for i := range errs {
		errs[i] = errCut
	}
	return errs
}
