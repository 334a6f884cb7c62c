package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/measured"
	"github.com/shipbell/shipbell/test/storetest"
)

// unanswering is a key-value store that does not answer while it is gone.
type unanswering struct {
	platform.KV
	gone bool
}

var errUnanswered = errors.New("no answer")

func (a *unanswering) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	if a.gone {
		return nil, errUnanswered
	}
	return a.KV.Get(ctx, keys...)
}

func (a *unanswering) Write(ctx context.Context, writes ...platform.Write) []error {
	if !a.gone {
		return a.KV.Write(ctx, writes...)
	}
	errs := make([]error, len(writes))
	for i := range errs {
		errs[i] = errUnanswered
	}
	return errs
}

// TestDeliveriesAreCounted counts what deliveries come to: once when they are accepted,
// not again when the event is sent again or another process was faster, and again when
// they are redelivered. It counts calls of the store that failed, and no conflicts.
func TestDeliveriesAreCounted(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	sink, recorder := measured.New()
	kv := &unanswering{KV: b.KV}
	s := store.New(store.Options{KV: kv, Sealer: b.Sealer, Now: b.Clock.Now, Retention: time.Hour, MaxDelay: time.Minute, Metrics: recorder})
	accept := func() []shipbell.Delivery {
		all, _, err := storetest.Accept(t.Context(), s, "default", storetest.Event("one"), storetest.Fires(1, 3))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	all := accept()
	accept()
	save := func(d shipbell.Delivery, want bool) {
		t.Helper()
		if saved, err := s.Save(t.Context(), &d); err != nil || saved != want {
			t.Fatalf("saved %t, %v", saved, err)
		}
	}
	schedule := shipbell.Schedule{time.Second}
	ends := all[0]
	ends.Claim(b.Clock.Now(), b.Clock.Now().Add(time.Minute), schedule)
	save(ends, true)
	ends.Version++
	stale := ends
	ends.Record(b.Clock.Now(), shipbell.Outcome{StatusCode: 200}, schedule, 0.5)
	save(ends, true)
	stale.Cancel(b.Clock.Now(), "why")
	save(stale, false)
	if err := s.CancelPending(t.Context(), "default", 1, "why"); err != nil {
		t.Fatal(err)
	}
	ended, err := s.Delivery(t.Context(), "default", all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Redeliver(t.Context(), []shipbell.Delivery{ended}); err != nil {
		t.Fatal(err)
	}
	want := measured.Values{"DeliveriesPending": 4, "DeliveriesSucceeded": 1, "DeliveriesCancelled": 2}
	if diff := cmp.Diff(want, sink.Values()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	kv.gone = true
	if _, err := s.Delivery(t.Context(), "default", all[0].ID); err == nil {
		t.Error("a store that is away answered")
	}
	if _, err := s.Save(t.Context(), &ended); err == nil {
		t.Error("a store that is away saved")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Delivery(gone, "default", all[0].ID); err == nil {
		t.Error("a store that is away answered somebody who is gone")
	}
	want["StoreErrors"] = 2
	if diff := cmp.Diff(want, sink.Values()); diff != "" {
		t.Errorf("with the store away (-want +got):\n%s", diff)
	}
}

// TestTraceIsKept keeps the trace of an event with its deliveries, within the bound of a
// row; a state for which there is no space is dropped, and the trace stays.
func TestTraceIsKept(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	long := strings.Repeat("vendor=0123456789,", 28)
	for name, test := range map[string]struct {
		event *shipbell.Event
		state string
	}{
		"a small event":              {storetest.Event("small"), "a=1"},
		"a small event, much state":  {storetest.Event("much"), long},
		"a large event":              {large("large", 100), "a=1"},
		"a large event, much state":  {large("larger", 100), long},
		"a large event, few to pick": {large("few", 9), long},
	} {
		trace := shipbell.Trace{ID: "4bf92f3577b34da6a3ce929d0e0e4736", Parent: "00f067aa0ba902b7", Flags: "01", State: test.state}
		test.event.Trace = trace
		all, _, err := storetest.Accept(t.Context(), b.Store, "default", test.event, everySecond(2))
		if err != nil {
			t.Fatal(err)
		}
		items, err := b.KV.Get(t.Context(), platform.Key{Partition: "delivery/default", Sort: string(all[0].ID), Spread: true})
		if err != nil || len(items[0].Value) == 0 || len(items[0].Value) > 1024 {
			t.Errorf("%s: a row of %d bytes, %v", name, len(items[0].Value), err)
		}
		kept, err := b.Delivery(t.Context(), "default", all[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		want := trace
		want.Parent = ""
		if kept.Trace.State == "" {
			want.State = ""
		}
		if kept.Trace != want || kept.Trace.State == "" && test.state != long {
			t.Errorf("%s: kept %+v", name, kept.Trace)
		}
		if !kept.Event.Trace.IsZero() {
			t.Errorf("%s: the event has the trace too", name)
		}
	}
}
