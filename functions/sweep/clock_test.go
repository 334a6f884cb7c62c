package sweep_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// retry makes an attempt of a delivery that fails, and has it wait.
func (b *bench) retry(d *shipbell.Delivery, wait time.Duration) {
	b.t.Helper()
	schedule := shipbell.Schedule{wait}
	d.Claim(b.now(), b.now().Add(35*time.Second), schedule)
	b.save(d)
	d.Record(b.now(), shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, schedule, 0.5)
	b.save(d)
}

// TestClockSetBack runs with a clock that is an hour ahead, and then with the true time,
// and loses all messages: what was received before and after is woken within minutes, and
// what waited for a retry waits no longer than it was to.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{time.Hour, 10_000 * time.Hour} {
		inBubble(t, func(t *testing.T, b *bench) {
			b.pass(70 * time.Second)
			b.ahead.Store(int64(ahead))
			b.pass(70 * time.Second)
			if _, err := b.store.Rules(t.Context(), "default"); err != nil { // with the checkpoint, as receive does
				t.Fatal(err)
			}
			before := b.accept(3)
			b.retry(&before[0], 5*time.Second)
			b.retry(&before[1], time.Hour)

			b.ahead.Store(0)
			after := b.accept(20)
			woken := b.pass(150 * time.Second)
			for _, d := range append(after, before[0], before[2]) {
				if !slices.Contains(woken, d.ID) {
					t.Errorf("%v ahead: delivery %s is not woken", ahead, d.ID)
				}
			}
			if slices.Contains(woken, before[1].ID) {
				t.Errorf("%v ahead: a wait of an hour is over after minutes", ahead)
			}
			if woken = b.pass(time.Hour); !slices.Contains(woken, before[1].ID) {
				t.Errorf("%v ahead: a wait of an hour is longer than that", ahead)
			}
		})
	}
}

// TestClocksDiffer receives and records by a clock that is not that of sweep.
func TestClocksDiffer(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-time.Hour, -45 * time.Second, -15 * time.Second, 15 * time.Second, 45 * time.Second, time.Hour, 10_000 * time.Hour} {
		inBubble(t, func(t *testing.T, b *bench) {
			b.deps.Now = time.Now
			b.deps.Store = store.New(store.Options{KV: b.kv, Sealer: plainSealer{}, Now: time.Now, Retention: 24 * time.Hour, MaxDelay: b.queue.MaxDelay()})
			b.pass(70 * time.Second)
			b.ahead.Store(int64(ahead))
			if _, err := b.store.Rules(t.Context(), "default"); err != nil {
				t.Fatal(err)
			}
			all := b.accept(2)
			b.retry(&all[1], 5*time.Second)
			woken := b.pass(7 * time.Minute)
			for _, d := range all {
				if !slices.Contains(woken, d.ID) {
					t.Errorf("%v ahead of sweep: delivery %s is not woken", ahead, d.ID)
				}
			}
		})
	}
}

// TestSweepAhead sweeps by a clock that is ahead: what waits is woken in time all the same
// once the clock is right.
func TestSweepAhead(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.pass(70 * time.Second)
		d := b.accept(1)[0]
		b.retry(&d, 10*time.Minute)
		b.ahead.Store(int64(time.Hour))
		b.pass(time.Minute)
		b.ahead.Store(0)
		if woken := b.pass(12 * time.Minute); !slices.Contains(woken, d.ID) {
			t.Error("a wait of ten minutes is longer than twelve")
		}
	})
}

// lateWrites is a store that takes time for each write.
type lateWrites struct {
	platform.KV
	takes time.Duration
}

func (l lateWrites) Write(ctx context.Context, writes ...platform.Write) []error {
	time.Sleep(l.takes)
	return l.KV.Write(ctx, writes...)
}

// TestScanWaitsForWhoIsStoring stores deliveries slowly, by a clock that lags behind that
// of sweep by nearly Grace, at every moment between two announcements.
func TestScanWaitsForWhoIsStoring(t *testing.T) {
	t.Parallel()
	const lag = store.Grace - 5*time.Second
	for offset := time.Duration(0); offset < store.Grace; offset += 3 * time.Second {
		inBubble(t, func(t *testing.T, b *bench) {
			b.pass(3*store.Grace + offset)
			behind := store.New(store.Options{
				KV: lateWrites{b.kv, 14 * time.Second}, Sealer: plainSealer{}, Now: func() time.Time { return time.Now().Add(-lag) },
				Retention: 24 * time.Hour, MaxDelay: b.queue.MaxDelay(),
			})
			if _, err := behind.Rules(t.Context(), "default"); err != nil {
				t.Fatal(err)
			}
			var ids []shipbell.DeliveryID
			var group sync.WaitGroup
			group.Go(func() {
				of := shipbell.Trigger{ID: 1, Targets: []shipbell.Target{{URL: "http://one/"}}}
				matches := storetest.Matching(shipbell.Match{Trigger: &of})
				// One that was given up in time promises nothing.
				accepted, _ := behind.Accept(t.Context(), "default", &shipbell.Event{ID: "slow", Action: shipbell.PushImage}, matches, func([]shipbell.Delivery) {})
				ids = accepted.Deliveries
			})
			woken := b.pass(5 * time.Minute)
			group.Wait()
			for _, id := range ids {
				if !slices.Contains(woken, id) {
					t.Errorf("%v after an announcement: delivery %s is not woken", offset, id)
				}
			}
		})
	}
}

// noCheckpoints is a store in which sweep cannot write how far it has come.
type noCheckpoints struct{ platform.KV }

func (k noCheckpoints) Write(ctx context.Context, writes ...platform.Write) []error {
	if writes[0].Item.Partition == "sweep" {
		return []error{context.DeadlineExceeded}
	}
	return k.KV.Write(ctx, writes...)
}

// TestSweepAheadEnds has a sweep whose clock is ahead end before it writes a checkpoint:
// what it has woken is still found in time once the clock is right.
func TestSweepAheadEnds(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.pass(70 * time.Second)
		d := b.accept(1)[0]
		b.retry(&d, 5*time.Second)
		b.ahead.Store(int64(time.Hour))
		deps := b.deps
		deps.Store = store.New(store.Options{KV: noCheckpoints{b.kv}, Sealer: plainSealer{}, Now: b.now, Retention: 24 * time.Hour, MaxDelay: b.queue.MaxDelay()})
		if err := sweep.New(deps)(t.Context()); err == nil {
			t.Fatal("the checkpoint was written")
		}
		b.queue.take()
		b.ahead.Store(0)
		if woken := b.pass(3 * time.Minute); !slices.Contains(woken, d.ID) {
			t.Error("a wait of five seconds is longer than three minutes")
		}
	})
}

// TestClaimAhead has a process whose clock is ahead claim a delivery and end, and a process
// of a like clock receive and claim one, before any sweep ran by that clock: both are found
// in time once the clock is right.
func TestClaimAhead(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.pass(70 * time.Second)
		old := b.accept(1)[0]
		b.ahead.Store(int64(time.Hour))
		ds := []shipbell.Delivery{old, b.accept(1)[0]}
		for i := range ds {
			now := b.now()
			if !ds[i].Claim(now, now.Add(30*time.Second), nil) {
				t.Fatal("not claimed")
			}
			if saved, err := b.store.Save(t.Context(), &ds[i]); err != nil || !saved {
				t.Fatal(saved, err)
			}
		}
		b.queue.take()
		b.ahead.Store(0)
		woken := b.pass(3 * time.Minute)
		for i, d := range ds {
			if !slices.Contains(woken, d.ID) {
				t.Errorf("delivery %d of 2 is not found within three minutes", i+1)
			}
		}
	})
}
