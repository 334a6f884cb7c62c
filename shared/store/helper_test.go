package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// bench is one key-value store with the registry default, a clock that the test
// sets, and any number of stores over it, as processes have them.
type bench struct {
	*store.Store
	t      *testing.T
	kv     platform.KV
	sealer *access.Sealer
	clock  *clock
}

// clock is a time that moves when it is told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const retention = 24 * time.Hour

func newBench(t *testing.T) *bench {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	kv, err := local.Open(t.TempDir(), local.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kv.Close(); err != nil {
			t.Error(err)
		}
	})
	keys, err := access.ParseSealKeys(access.NewSealKey())
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := access.NewSealer(keys...)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, kv: kv, sealer: sealer, clock: c}
	b.Store = b.over(kv)
	b.registry("default")
	return b
}

// over is another process's store.
func (b *bench) over(kv platform.KV) *store.Store {
	return store.New(store.Options{
		KV: kv, Sealer: b.sealer, Now: b.clock.Now, Retention: retention, MaxDelay: 15 * time.Minute, KeepNew: 100,
	})
}

func (b *bench) registry(id string) {
	b.t.Helper()
	if _, _, err := b.PutRegistry(b.t.Context(), shipbell.Registry{ID: id, Host: "reg.example.com"}); err != nil {
		b.t.Fatal(err)
	}
}

// named is a valid trigger of the registry default.
func named(name string) shipbell.Trigger {
	t := shipbell.Trigger{
		Registry: "default", Name: name, Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
		Targets: []shipbell.Target{{URL: "https://ci.example.com/hook"}},
	}
	t.Normalise()
	return t
}

func (b *bench) create(t shipbell.Trigger) shipbell.Trigger {
	b.t.Helper()
	created, err := b.CreateTrigger(b.t.Context(), t)
	if err != nil {
		b.t.Fatal(err)
	}
	return created
}

// made is the deliveries of an event to n targets of a trigger.
func made(registry, event string, id shipbell.ID, n int) func(time.Time) []shipbell.Delivery {
	of := shipbell.Trigger{ID: id}
	for i := range n {
		of.Targets = append(of.Targets, shipbell.Target{URL: fmt.Sprintf("https://ci.example.com/%d", i)})
	}
	return func(at time.Time) []shipbell.Delivery {
		e := shipbell.Event{ID: event, Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/app"}}
		return shipbell.NewDeliveries(registry, &e, []shipbell.Match{{Trigger: &of}}, at)
	}
}

func (b *bench) accept(event string, id shipbell.ID, n int) []shipbell.Delivery {
	b.t.Helper()
	all, _, err := b.Accept(b.t.Context(), "default", event, made("default", event, id, n))
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

func (b *bench) save(d *shipbell.Delivery) {
	b.t.Helper()
	if saved, err := b.Save(b.t.Context(), d); err != nil || !saved {
		b.t.Fatalf("save: %t, %v", saved, err)
	}
}

func kindOf(t *testing.T, err error, want shipbell.Kind) {
	t.Helper()
	if err == nil || shipbell.KindOf(err) != want {
		t.Errorf("error %v of kind %d, want kind %d", err, shipbell.KindOf(err), want)
	}
}

var errCut = errors.New("the process ended here")

// cut is a key-value store of a process that ends in its nth call of Write, with
// so many of that call's changes done.
type cut struct {
	platform.KV
	mu       sync.Mutex
	calls    int
	at, done int
}

func (c *cut) Write(ctx context.Context, writes ...platform.Write) []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	done := len(writes)
	switch {
	case c.calls > c.at:
		done = 0
	case c.calls == c.at:
		done = min(c.done, done)
	}
	if done > 0 {
		errs := c.KV.Write(ctx, writes[:done]...)
		if c.calls < c.at {
			return errs
		}
	}
	errs := make([]error, len(writes))
	for i := range errs {
		errs[i] = errCut
	}
	return errs
}
