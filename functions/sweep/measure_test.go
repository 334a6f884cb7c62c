package sweep_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
	values "github.com/shipbell/shipbell/test/measured"
)

// TestRunsAreMeasured counts runs by their ends, and measures how long what they find has
// been due.
func TestRunsAreMeasured(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		sink, recorder := values.New()
		b.deps.Metrics = recorder
		run := sweep.New(b.deps)
		expect := func(when string, ctx context.Context, want values.Values) {
			t.Helper()
			if err := run(ctx); err != nil && ctx.Err() == nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, sink.Values()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		expect("nothing is due", t.Context(), values.Values{"SweepsFinished": 1, "DueOldestAgeSeconds": 0, "SetAsideRecords": 0, "OpenCircuits": 0})
		lost := b.dueNow(3)
		time.Sleep(90 * time.Second)
		waited := time.Since(lost[0].CreatedAt).Seconds()
		expect("three were never attempted", t.Context(), values.Values{"SweepsFinished": 2, "DueOldestAgeSeconds": waited, "SetAsideRecords": 0, "OpenCircuits": 0})
		expect("they were seen a moment ago", t.Context(), values.Values{"SweepsFinished": 3, "DueOldestAgeSeconds": 0, "SetAsideRecords": 0, "OpenCircuits": 0})
		ended, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		time.Sleep(2 * time.Second)
		expect("its time was up", ended, values.Values{"SweepsFinished": 3, "SweepsUnfinished": 1, "DueOldestAgeSeconds": 0, "SetAsideRecords": 0, "OpenCircuits": 0})
	})
}

// dueNow makes deliveries at which sweep looks next.
func (b *bench) dueNow(n int) []shipbell.Delivery {
	b.t.Helper()
	all, err := b.store.SaveAll(b.t.Context(), b.accept(n), func(*shipbell.Delivery) time.Time { return time.Now() })
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// TestWhatWaitsIsMeasured measures the queue and the damaged records, but not in each run.
func TestWhatWaitsIsMeasured(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		sink, recorder := values.New()
		queue := local.NewQueue(local.QueueOptions{})
		b.deps.Metrics, b.deps.Queue = recorder, queue
		queue.Send(t.Context(), platform.Message{Group: "one", Body: []byte("first")})
		time.Sleep(7 * time.Second)
		queue.Send(t.Context(), platform.Message{Group: "two", Body: []byte("second")}, platform.Message{Group: "two", Body: []byte("later"), Delay: time.Minute})
		run := sweep.New(b.deps)
		for range 2 {
			if err := run(t.Context()); err != nil {
				t.Fatal(err)
			}
			queue.Send(t.Context(), platform.Message{Group: "one", Body: []byte("third")})
		}
		got := sink.Values()
		if got["QueueDepth"] != 2 || got["QueueOldestAgeSeconds"] != 7 || got["SetAsideRecords"] != 0 {
			t.Errorf("measured %v", got)
		}
		b.damage("delivery/default", string(b.dueNow(1)[0].ID))
		for range 2 { // the first finds it
			time.Sleep(time.Minute)
			if err := run(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := sink.Values(); got["QueueDepth"] != 4 || got["SetAsideRecords"] != 1 {
			t.Errorf("measured %v", got)
		}
	})
}

// TestHeldTargetsAreMeasured counts the circuits of all registries whose deliveries are
// held or probed. A circuit that nobody probes, because its target was removed or has
// nothing waiting, is not counted when its hold has ended, and none is counted if not all
// can be.
func TestHeldTargetsAreMeasured(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		sink, recorder := values.New()
		b.deps.Metrics = recorder
		records := circuit.NewRecords(b.store.Items())
		open := func(registry string, trigger int64) {
			t.Helper()
			c := circuit.Circuit{}.Opened(time.Now(), text.Literal("no answer"))
			if saved, err := records.Put(t.Context(), circuit.Key{Registry: registry, Trigger: shipbell.ID(trigger), Target: 1}, &c); err != nil || !saved {
				t.Fatalf("%t, %v", saved, err)
			}
		}
		run := sweep.New(b.deps)
		expect := func(when string, want float64) {
			t.Helper()
			time.Sleep(15 * time.Second)
			if err := run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := sink.Values()["OpenCircuits"]; got != want {
				t.Errorf("%s: %v are measured, want %v", when, got, want)
			}
		}
		expect("all targets answer", 0)
		for n := range 20 {
			registry := fmt.Sprint("registry-", n)
			if _, _, err := b.store.PutRegistry(t.Context(), shipbell.Registry{ID: registry, Host: "reg.example.com"}); err != nil {
				t.Fatal(err)
			}
			open(registry, 1)
		}
		open("default", 1)
		open("default", 2)
		expect("targets of many registries do not answer", 22)
		key := circuit.Key{Registry: "default", Trigger: 1, Target: 1}
		one, err := records.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		probe := one.Probed(time.Now(), time.Now().Add(time.Hour/4))
		if saved, err := records.Put(t.Context(), key, &probe); err != nil || !saved {
			t.Fatalf("%t, %v", saved, err)
		}
		if err := records.Close(t.Context(), circuit.Key{Registry: "registry-7", Trigger: 1, Target: 1}); err != nil {
			t.Fatal(err)
		}
		expect("one is probed, and one answers", 21)
		failing := b.deps
		failing.Store = b.over(failingRange{b.kv, "circuit/registry-3"})
		if err := sweep.New(failing)(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if got := sink.Values()["OpenCircuits"]; got != 21 {
			t.Errorf("%v are measured where not all can be", got)
		}
		expect("nobody probes", 0)
	})
}
