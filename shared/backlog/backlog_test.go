package backlog_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/backlog"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// bench is a queue with a backlog over a store, on the clock of a bubble.
type bench struct {
	t       *testing.T
	store   *store.Store
	queue   *local.Queue
	backlog *backlog.Queue
	events  int

	mu      sync.Mutex
	handled []shipbell.DeliveryID
	gap     time.Duration // the longest between two that were handled
	last    time.Time
}

// inBubble runs a test with a queue of a size. Every message takes 10 ms, and ends its
// delivery.
func inBubble(t *testing.T, o local.QueueOptions, run func(*testing.T, *bench)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		kv, err := local.Open(dir, local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer kv.Close()
		b := &bench{t: t, queue: local.NewQueue(o)}
		b.store = store.New(store.Options{KV: kv, Now: time.Now, Retention: 24 * time.Hour, MaxDelay: b.queue.MaxDelay()})
		b.backlog = backlog.New(backlog.Deps{Queue: b.queue, Store: b.store, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		run(t, b)
	})
}

// serve handles messages until stop is called.
func (b *bench) serve() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	b.last = time.Now()
	all.Go(func() { b.backlog.Serve(ctx) })
	all.Go(func() { b.queue.Serve(ctx, platform.Work{Handle: b.handle, GaveWay: b.backlog.Add}) })
	return func() { cancel(); all.Wait() }
}

func (b *bench) handle(ctx context.Context, body []byte) error {
	time.Sleep(10 * time.Millisecond)
	registry, id, err := store.ParseMessage(body)
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.handled = append(b.handled, id)
	b.gap, b.last = max(b.gap, time.Since(b.last)), time.Now()
	b.mu.Unlock()
	d, err := b.store.Delivery(ctx, registry, id)
	if err == nil {
		d.Cancel(time.Now(), "done")
		_, err = b.store.Save(ctx, &d)
	}
	return err
}

// accept stores n deliveries of a registry, a millisecond apart, and sends messages.
func (b *bench) accept(registry string, n int, delay time.Duration) (ids []shipbell.DeliveryID) {
	b.t.Helper()
	var all []shipbell.Delivery
	for range n {
		time.Sleep(time.Millisecond)
		b.events++
		e := shipbell.Event{ID: fmt.Sprint(b.events), Action: shipbell.PushImage}
		trigger := shipbell.Trigger{ID: 1, Registry: registry, Targets: []shipbell.Target{{URL: "http://one/"}}}
		made, _, err := storetest.Accept(b.t.Context(), b.store, registry, &e, storetest.Matching(shipbell.Match{Trigger: &trigger}))
		if err != nil {
			b.t.Fatal(err)
		}
		all = append(all, made...)
	}
	for i := range all {
		ids = append(ids, all[i].ID)
		message := store.Message(&all[i], delay)
		if err := b.backlog.Send(b.t.Context(), message)[0]; err != nil {
			b.t.Errorf("send: %v", err)
		}
	}
	return ids
}

// expect checks that deliveries were handled, each once and in their order.
func (b *bench) expect(want []shipbell.DeliveryID) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.handled, want) {
		b.t.Errorf("%d of %d deliveries were handled in their order: %d in all", match(b.handled, want), len(want), len(b.handled))
	}
}

func match(got, want []shipbell.DeliveryID) (n int) {
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	return n
}

// TestBurst sends more to one target than its group may hold: it drains without a gap, in
// order, and what comes meanwhile waits behind it.
func TestBurst(t *testing.T) {
	inBubble(t, local.QueueOptions{GroupBytes: 100 * 280, GroupWorkers: 1}, func(t *testing.T, b *bench) {
		ids := b.accept("default", 1000, 0)
		stop := b.serve()
		time.Sleep(time.Second)
		ids = append(ids, b.accept("default", 300, 0)...)
		time.Sleep(20 * time.Second)
		stop()
		b.expect(ids)
		if b.gap > 100*time.Millisecond {
			t.Errorf("nothing was handled for %v", b.gap)
		}
	})
}

// TestGivenUp floods with one registry, then sends for another: nothing of either waits for
// sweep, the one that made way included.
func TestGivenUp(t *testing.T) {
	inBubble(t, local.QueueOptions{Bytes: 100 * 280, Workers: 1}, func(t *testing.T, b *bench) {
		stop := b.serve()
		ids := b.accept("flood", 500, 0)
		ids = append(ids, b.accept("other", 40, 0)...)
		time.Sleep(20 * time.Second)
		stop()
		slices.Sort(b.handled)
		if slices.Sort(ids); !slices.Equal(b.handled, ids) {
			t.Errorf("%d handled, want each of %d once", len(b.handled), len(ids))
		}
	})
}

// TestRefusedRetriesComeInTime refuses messages that are held back, as those of retries.
func TestRefusedRetriesComeInTime(t *testing.T) {
	inBubble(t, local.QueueOptions{GroupBytes: 10 * 280, GroupWorkers: 1}, func(t *testing.T, b *bench) {
		stop := b.serve()
		ids := b.accept("default", 30, 5*time.Second)
		time.Sleep(4 * time.Second)
		b.expect(nil)
		time.Sleep(3 * time.Second)
		stop()
		slices.Sort(b.handled)
		if !slices.Equal(b.handled, ids) {
			t.Errorf("%d of %d were handled in time", len(b.handled), len(ids))
		}
	})
}

// TestOldDeliveriesBecomeARange refuses more old deliveries than messages are kept.
func TestOldDeliveriesBecomeARange(t *testing.T) {
	inBubble(t, local.QueueOptions{GroupBytes: 10 * 280, GroupWorkers: 1}, func(t *testing.T, b *bench) {
		ids := b.accept("default", 5, 0)
		stop := b.serve()
		time.Sleep(time.Second)
		stop()
		var all []shipbell.Delivery
		for range 500 {
			b.events++
			e := shipbell.Event{ID: fmt.Sprint(b.events)}
			trigger := shipbell.Trigger{ID: 1, Targets: []shipbell.Target{{URL: "http://one/"}}}
			made, _, err := storetest.Accept(t.Context(), b.store, "default", &e, storetest.Matching(shipbell.Match{Trigger: &trigger}))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, made...)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(10 * time.Minute)
		for i := range all {
			ids = append(ids, all[i].ID)
			message := store.Message(&all[i], 0)
			if err := b.backlog.Unordered().Send(t.Context(), message)[0]; err != nil {
				t.Error(err)
			}
		}
		b.last, b.gap = time.Now(), 0
		stop = b.serve()
		time.Sleep(10 * time.Second)
		stop()
		slices.Sort(b.handled)
		if slices.Sort(ids); !slices.Equal(b.handled, ids) {
			t.Errorf("%d handled, want each of %d once", len(b.handled), len(ids))
		}
	})
}
