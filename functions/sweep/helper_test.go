package sweep_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/stats"
	"github.com/shipbell/shipbell/test/storetest"
)

// bench is the function over a store in a bubble of virtual time.
type bench struct {
	t      *testing.T
	kv     *local.Store
	store  *store.Store
	queue  *outbox
	deps   sweep.Deps
	events int
	// ahead is how far the clock of the process is ahead of the true time.
	ahead atomic.Int64
}

// outbox keeps messages instead of handing them on.
type outbox struct {
	mu       sync.Mutex
	messages []message
}

type message struct {
	ID    shipbell.DeliveryID
	Delay time.Duration
}

func (o *outbox) Send(_ context.Context, messages ...platform.Message) []error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range messages {
		// The body was made a moment ago.
		_, id, _ := store.ParseMessage(m.Body)
		o.messages = append(o.messages, message{id, m.Delay})
	}
	return make([]error, len(messages))
}

func (o *outbox) MaxDelay() time.Duration { return 15 * time.Minute }

// take empties the outbox.
func (o *outbox) take() []message {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.messages
	o.messages = nil
	return all
}

// plainSealer keeps secrets in clear: sealing is not what is tested.
type plainSealer struct{}

func (plainSealer) Seal(_, text string) (string, error) { return text, nil }

func (plainSealer) Open(_, text string) (string, error) { return text, nil }

func inBubble(t *testing.T, run func(*testing.T, *bench)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		kv, err := local.Open(dir, local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer kv.Close()
		b := &bench{t: t, kv: kv, queue: &outbox{}}
		b.store = b.over(kv)
		if _, _, err := b.store.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
			t.Fatal(err)
		}
		b.deps = sweep.Deps{Store: b.store, Queue: b.queue, Now: b.now, Logger: slog.New(slog.DiscardHandler)}
		run(t, b)
	})
}

func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.ahead.Load())) }

func (b *bench) over(kv platform.KV) *store.Store {
	return store.New(store.Options{KV: kv, Sealer: plainSealer{}, Now: b.now, Retention: 24 * time.Hour, MaxDelay: b.queue.MaxDelay()})
}

// accept makes n deliveries, the oldest first, a millisecond apart.
func (b *bench) accept(n int) []shipbell.Delivery {
	b.t.Helper()
	var made []shipbell.Delivery
	for range n {
		made = append(made, b.acceptIn("default"))
		time.Sleep(time.Millisecond)
	}
	return made
}

// acceptIn makes a delivery in a registry.
func (b *bench) acceptIn(registry string) shipbell.Delivery {
	b.t.Helper()
	b.events++
	e := shipbell.Event{ID: fmt.Sprint(b.events), Action: shipbell.PushImage}
	of := shipbell.Trigger{ID: 1, Targets: []shipbell.Target{{URL: "http://one/"}}}
	all, _, err := storetest.Accept(b.t.Context(), b.store, registry, &e, storetest.Matching(shipbell.Match{Trigger: &of}))
	if err != nil {
		b.t.Fatal(err)
	}
	return all[0]
}

func (b *bench) sweep(deps sweep.Deps) []message {
	b.t.Helper()
	if err := sweep.New(deps)(b.t.Context()); err != nil {
		b.t.Error(err)
	}
	return b.queue.take()
}

// expect sweeps and compares whom it wakes.
func (b *bench) expect(when string, wanted ...shipbell.Delivery) {
	b.t.Helper()
	got := map[shipbell.DeliveryID]int{}
	for _, m := range b.sweep(b.deps) {
		got[m.ID]++
		if m.Delay != 0 {
			b.t.Errorf("%s: woken with a delay of %v", when, m.Delay)
		}
	}
	want := map[shipbell.DeliveryID]int{}
	for _, d := range wanted {
		want[d.ID] = 1
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// expectWithin sweeps each second for a time and compares how often whom is woken.
func (b *bench) expectWithin(limit time.Duration, wanted ...shipbell.Delivery) {
	b.t.Helper()
	got, want := map[shipbell.DeliveryID]int{}, map[shipbell.DeliveryID]int{}
	for _, id := range b.pass(limit) {
		got[id]++
	}
	for _, d := range wanted {
		want[d.ID] = 1
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("within %v (-want +got):\n%s", limit, diff)
	}
}

// pass sweeps each second for a time and answers whom that woke.
func (b *bench) pass(limit time.Duration) (woken []shipbell.DeliveryID) {
	b.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); {
		time.Sleep(time.Second)
		for _, m := range b.sweep(b.deps) {
			woken = append(woken, m.ID)
		}
	}
	return woken
}

// due is the keys that have a due time.
func (b *bench) due() []platform.Key {
	b.t.Helper()
	keys, err := b.kv.Due(b.t.Context(), time.Time{}, time.Now().Add(24*time.Hour), 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	return keys
}

// checkpoint is below which all deliveries were scanned.
func (b *bench) checkpoint() shipbell.DeliveryID {
	b.t.Helper()
	c, err := b.store.Checkpoint(b.t.Context(), "default")
	if err != nil {
		b.t.Fatal(err)
	}
	return c.Scanned
}

// counted compares how many deliveries the statistics have.
func (b *bench) counted(want stats.Counts) {
	b.t.Helper()
	b.sweep(b.deps) // what was left
	got, err := stats.New(b.store).Stats(b.t.Context(), "default", time.Now().Add(-time.Hour), time.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	if got.Total() != want || got.Of(1) != want {
		b.t.Errorf("the statistics have %+v, of trigger 1 %+v, want %+v", got.Total(), got.Of(1), want)
	}
}

func (b *bench) save(d *shipbell.Delivery) {
	b.t.Helper()
	if saved, err := b.store.Save(b.t.Context(), d); err != nil || !saved {
		b.t.Fatalf("save: %t, %v", saved, err)
	}
}

// slow is a store that takes time for each call.
type slow struct {
	platform.KV
	takes time.Duration
}

func (s slow) wait(ctx context.Context) error {
	select {
	case <-time.After(s.takes):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s slow) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	return s.KV.Get(ctx, keys...)
}

func (s slow) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	return s.KV.Range(ctx, r)
}

func (s slow) Write(ctx context.Context, writes ...platform.Write) []error {
	if err := s.wait(ctx); err != nil {
		errs := make([]error, len(writes))
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	return s.KV.Write(ctx, writes...)
}
