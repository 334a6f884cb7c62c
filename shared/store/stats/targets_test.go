package stats_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/stats"
	"github.com/shipbell/shipbell/test/storetest"
)

func (b *bench) waiting(registry string) stats.Waiting {
	b.T.Helper()
	w, err := stats.New(b.Store).Waiting(b.T.Context(), registry)
	if err != nil {
		b.T.Fatal(err)
	}
	return w
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.AddRegistry("other")
	expect := func(when string, want stats.Waiting) {
		t.Helper()
		if diff := cmp.Diff(want, b.waiting("default")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	expect("at first", stats.Waiting{})
	start := b.Clock.Now()
	retried := b.Receive("retried", 1, 1)[0]
	b.Clock.Pass(time.Second)
	fresh := b.Receive("fresh", 1, 1)[0]
	b.end(b.Receive("ended", 1, 1)[0], shipbell.Succeeded)
	expect("recent", stats.Waiting{Count: 2, Oldest: start})
	b.end(retried, shipbell.Pending)
	expect("one of them has a due time", stats.Waiting{Count: 2, Oldest: start})
	b.Clock.Pass(2 * store.Grace)
	if err := b.sweep(b.Store); err != nil {
		t.Fatal(err)
	}
	retried, err := b.Delivery(t.Context(), "default", retried.ID)
	if err != nil {
		t.Fatal(err)
	}
	retried.Cancel(b.Clock.Now(), "because")
	b.MustSave(&retried)
	_, err = b.SaveAll(t.Context(), []shipbell.Delivery{fresh}, func(*shipbell.Delivery) time.Time { return b.Clock.Now() })
	if err != nil {
		t.Fatal(err)
	}
	expect("the oldest was cancelled, and sweep has woken the other", stats.Waiting{Count: 1, Oldest: start.Add(time.Second)})
	if diff := cmp.Diff(stats.Waiting{}, b.waiting("other")); diff != "" {
		t.Errorf("another registry (-want +got):\n%s", diff)
	}

	b.many(201, 1)
	expect("more recent ones than are read", stats.Waiting{Count: 1, More: true, Oldest: start.Add(time.Second)})
	waiting := b.many(1000, 2)
	if _, err := b.SaveAll(t.Context(), waiting, func(*shipbell.Delivery) time.Time { return b.Clock.Now() }); err != nil {
		t.Fatal(err)
	}
	if w := b.waiting("default"); w.Count < 999 || !w.More {
		t.Errorf("of many: %+v", w)
	}
	if diff := cmp.Diff(stats.Waiting{More: true}, b.waiting("other")); diff != "" {
		t.Errorf("another registry, when there are many (-want +got):\n%s", diff)
	}
}

// stale is a key-value store whose list of what is due lags behind.
type stale struct {
	platform.KV
	due []platform.Key
}

func (s *stale) Due(ctx context.Context, from, until time.Time, limit int) ([]platform.Key, error) {
	keys, err := s.KV.Due(ctx, from, until, limit)
	return append(keys, s.due...), err
}

func TestWaitingOfStale(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ended, gone := b.Receive("ended", 1, 1)[0], storetest.Deliveries("default", "gone", 1, 1)(b.Clock.Now())[0]
	b.end(ended, shipbell.Failed)
	b.Clock.Pass(time.Second)
	waits := b.Receive("waits", 1, 1)[0]
	kv := &stale{KV: b.KV}
	for _, d := range []shipbell.Delivery{ended, gone} {
		kv.due = append(kv.due, platform.Key{Partition: "delivery/default", Sort: string(d.ID)})
	}
	w, err := stats.New(b.Over(kv)).Waiting(t.Context(), "default")
	if diff := cmp.Diff(stats.Waiting{Count: 1, Oldest: waits.CreatedAt}, w); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func (b *bench) failing() []stats.FailingTarget {
	b.T.Helper()
	now := b.Clock.Now()
	failing, err := stats.New(b.Store).Failing(b.T.Context(), "default", b.stats(now.Add(-24*time.Hour), now))
	if err != nil {
		b.T.Fatal(err)
	}
	return failing
}

// TestFailing has a trigger with two targets, of which one fails and recovers.
func TestFailing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one, two := "https://ci.example.com/0", "https://ci.example.com/1"
	of := storetest.Trigger("one")
	of.Targets = []shipbell.Target{{URL: one}, {URL: two}}
	of = b.Create(of)
	// event has both targets get an event, and ends it for each as told; "" is left.
	event := func(statuses ...shipbell.Status) (made []shipbell.Delivery) {
		t.Helper()
		b.Clock.Pass(time.Minute)
		made = b.Receive(b.Clock.Now().String(), of.ID, 2)
		for _, d := range made {
			if status := statuses[slices.Index([]string{one, two}, d.TargetURL)]; status != "" {
				b.end(d, status)
			}
		}
		slices.SortFunc(made, func(a, b shipbell.Delivery) int { return len(a.TargetURL) - len(b.TargetURL) })
		return made
	}
	type streak struct {
		URL   string
		Count int
		Since time.Time
	}
	expect := func(when string, want ...streak) {
		t.Helper()
		var got []streak
		for _, f := range b.failing() {
			got = append(got, streak{f.Newest.TargetURL, f.Count, f.Since})
		}
		slices.SortFunc(got, func(a, b streak) int { return int(b.Count - a.Count) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	event(shipbell.Failed, shipbell.Succeeded)
	event(shipbell.Succeeded, shipbell.Succeeded)
	expect("recovered")
	since := event(shipbell.Failed, shipbell.Succeeded)[0].CreatedAt
	event(shipbell.Pending, shipbell.Succeeded)
	expect("one fails", streak{one, 2, since})
	event(shipbell.Cancelled, shipbell.Cancelled)
	event("", "")
	expect("what was not attempted tells nothing", streak{one, 2, since})
	both := event(shipbell.Pending, shipbell.Pending)[0].CreatedAt
	expect("both", streak{one, 3, since}, streak{two, 1, both})

	// The hours may be counted, or not yet.
	b.Clock.Pass(2 * store.Grace)
	if err := b.sweep(b.Store); err != nil {
		t.Fatal(err)
	}
	expect("both, counted", streak{one, 3, since}, streak{two, 1, both})
	of.Targets = of.Targets[:1]
	of, err := b.ReplaceTrigger(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	expect("one target was taken out", streak{one, 3, since})
	of.Enabled = false
	if _, err := b.ReplaceTrigger(t.Context(), of); err != nil {
		t.Fatal(err)
	}
	expect("disabled")
	if err := b.DeleteTrigger(t.Context(), "default", of.ID); err != nil {
		t.Fatal(err)
	}
	expect("deleted")
}

// TestFailingMany has more failing triggers than are looked At: those that failed
// last come first.
// TestFailingCleared has a target that failed count no more once somebody has cleared that.
func TestFailingCleared(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	of := b.Create(storetest.Trigger("one"))
	b.end(b.deliver(of, "e1"), shipbell.Failed)
	b.end(b.deliver(of, "e2"), shipbell.Failed)
	b.Clock.Pass(2 * store.Grace)
	if err := b.sweep(b.Store); err != nil {
		t.Fatal(err)
	}
	failed, err := b.List(t.Context(), store.Query{Registry: "default", Limit: 10})
	if err != nil || len(failed.Deliveries) != 2 {
		t.Fatalf("%+v, %v", failed, err)
	}
	for i, want := range []int{2, 1} {
		if got := b.failing(); len(got) != 1 || got[0].Count != want {
			t.Errorf("with %d cleared: %+v", i, got)
		}
		if n, err := b.Clear(t.Context(), failed.Deliveries[i:i+1]); n != 1 || err != nil {
			t.Fatalf("clear: %d, %v", n, err)
		}
	}
	if got := b.failing(); len(got) != 0 {
		t.Errorf("with all cleared: %+v", got)
	}
}

func TestFailingMany(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 13 {
		of := b.Create(storetest.Trigger(fmt.Sprint("trigger", i)))
		for n := range 30 - i {
			b.end(b.deliver(of, fmt.Sprint(i, "-", n)), shipbell.Failed)
		}
		if i == 9 {
			b.Clock.Pass(time.Hour)
		}
	}
	b.Clock.Pass(2 * store.Grace)
	if err := b.sweep(b.Store); err != nil {
		t.Fatal(err)
	}
	var got []shipbell.ID
	for _, f := range b.failing() {
		got = append(got, f.Newest.TriggerID)
		if want := min(10, 31-int(f.Newest.TriggerID)); f.Count != want {
			t.Errorf("trigger %d has %d failing, want %d", f.Newest.TriggerID, f.Count, want)
		}
	}
	if diff := cmp.Diff([]shipbell.ID{11, 12, 13, 1, 2, 3, 4, 5, 6, 7}, got); diff != "" {
		t.Errorf("triggers (-want +got):\n%s", diff)
	}
}

// deliver makes the delivery of an event to a trigger's only target.
func (b *bench) deliver(of shipbell.Trigger, event string) shipbell.Delivery {
	b.T.Helper()
	_, all, err := storetest.Accept(b.T.Context(), b.Store, "default", storetest.Event(event), storetest.Matching(shipbell.Match{Trigger: &of}))
	if err != nil {
		b.T.Fatal(err)
	}
	return all[0]
}
