package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// withSchedule is a store of the bench whose schedule can last longer than the retention.
func (b *bench) withSchedule() (*store.Store, shipbell.Schedule) {
	schedule := shipbell.Schedule{12 * time.Hour, 12 * time.Hour}
	return store.New(store.Options{KV: b.KV, Sealer: b.Sealer, Now: b.Clock.Now, Retention: storetest.Retention, Schedule: schedule}), schedule
}

// TestKeptWhilePending fails every attempt as late as a target may ask for: the delivery
// and its event are there for the last one, and a day later.
func TestKeptWhilePending(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, schedule := b.withSchedule()
	all, _, err := storetest.Accept(t.Context(), s, "default", large("event", 1000), storetest.Fires(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	attempts := func(id shipbell.DeliveryID) {
		t.Helper()
		for {
			d, err := s.Delivery(t.Context(), "default", id)
			if err != nil {
				t.Fatal(err)
			}
			if d.Status != shipbell.Pending {
				return
			}
			b.Clock.Pass(d.NextAttemptAt.Sub(b.Clock.Now()))
			d.Claim(b.Clock.Now(), b.Clock.Now().Add(time.Minute), schedule)
			if err := b.Over(b.KV).LoadEvent(t.Context(), &d); err != nil {
				t.Fatalf("before attempt %d: %v", d.AttemptCount(), err)
			}
			d.Record(b.Clock.Now(), shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), RetryAfter: 24 * time.Hour}, schedule, 0)
			if saved, err := s.Save(t.Context(), &d); err != nil || !saved {
				t.Fatalf("saved %t, %v", saved, err)
			}
		}
	}
	attempts(all[0].ID)
	b.Clock.Pass(23 * time.Hour)
	d, err := s.Delivery(t.Context(), "default", all[0].ID)
	if err != nil || d.AttemptCount() != 3 {
		t.Fatalf("%d attempts, %v", d.AttemptCount(), err)
	}
	// Sent again in its last hour, it lives through another schedule.
	saved, expired, err := s.Redeliver(t.Context(), []shipbell.Delivery{d})
	if err != nil || len(saved) != 1 || len(expired) != 0 {
		t.Fatalf("%d saved, %d expired, %v", len(saved), len(expired), err)
	}
	attempts(d.ID)
	b.Clock.Pass(23 * time.Hour)
	found, err := s.List(t.Context(), store.Query{Registry: "default", Trigger: 1, Limit: 10})
	if err != nil || len(found.Deliveries) != 1 || found.Deliveries[0].AttemptCount() != 6 {
		t.Errorf("the trigger lists %d deliveries, %v", len(found.Deliveries), err)
	}
	b.Clock.Pass(shipbell.MaxWaited + 2*time.Hour)
	_, err = s.Delivery(t.Context(), "default", d.ID)
	kindOf(t, err, shipbell.NotFound)
}

// TestKeptForOwnWaits keeps a delivery, and its event, for as long as the waits of its trigger
// can take, also when it is sent again and when the trigger got longer waits meanwhile.
func TestKeptForOwnWaits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, _ := b.withSchedule()
	made := storetest.Trigger("patient")
	made.Retry = shipbell.Retry{"24h", "24h", "24h", "24h", "24h", "24h", "24h"}
	made, err := s.CreateTrigger(t.Context(), made)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := s.Rules(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	e := large("event", 1000)
	all, _, err := storetest.Accept(t.Context(), s, "default", e, rules.Set.Matches)
	if err != nil || len(all) != 1 {
		t.Fatal(len(all), err)
	}
	longest := made.Retry.Schedule(nil).Longest()
	there := func(when string) shipbell.Delivery {
		t.Helper()
		d, err := s.Delivery(t.Context(), "default", all[0].ID)
		if err == nil {
			err = b.Over(b.KV).LoadEvent(t.Context(), &d)
		}
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		return d
	}
	b.Clock.Pass(longest)
	d := there("at its last attempt")
	if _, _, err := s.Redeliver(t.Context(), []shipbell.Delivery{d}); err != nil {
		t.Fatal(err)
	}
	b.Clock.Pass(longest)
	d = there("at the last attempt when it was sent again")
	d.NextAttemptAt = b.Clock.Now().Add(10 * 24 * time.Hour)
	if saved, err := s.Save(t.Context(), &d); err != nil || !saved {
		t.Fatal(saved, err)
	}
	b.Clock.Pass(10 * 24 * time.Hour)
	if _, err := s.Delivery(t.Context(), "default", d.ID); err != nil {
		t.Errorf("at an attempt that comes later than any: %v", err)
	}
}

// TestRedeliverWithoutEvent sends deliveries again of which the event, a part of it, or
// the selection of its resources is gone: none is made due.
func TestRedeliverWithoutEvent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		resources int
		matches   store.Matches
		remove    string
	}{
		"in the receipt":      {20, storetest.Fires(1, 1), "receipt"},
		"in chunks":           {1000, storetest.Fires(1, 1), "body/"},
		"the selection of it": {1000, everySecond(1), "picked/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			all, _, err := storetest.Accept(t.Context(), b.Store, "default", large("event", test.resources), test.matches)
			if err != nil {
				t.Fatal(err)
			}
			items, err := b.KV.Range(t.Context(), platform.Range{Partition: "event/default/event", Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range items {
				if strings.HasPrefix(item.Sort, test.remove) {
					if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: item, If: platform.Always, Delete: true})); err != nil {
						t.Fatal(err)
					}
				}
			}
			s := b.Over(b.KV)
			saved, expired, err := s.Redeliver(t.Context(), all)
			if err != nil || len(saved) != 0 || len(expired) != 1 {
				t.Errorf("%d saved, %d expired, %v", len(saved), len(expired), err)
			}
			kindOf(t, s.LoadEvent(t.Context(), &all[0]), shipbell.NotFound)
		})
	}
}

// TestAcceptAgainOtherwise sends an event again with other resources: the deliveries that
// a crash left out are of the event as it came first.
func TestAcceptAgainOtherwise(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := large("event", 1000)
	_, _, err := storetest.Accept(t.Context(), b.Over(&storetest.Cut{KV: b.KV, At: 5, Done: 10}), "default", first, everySecond(60))
	kindOf(t, err, shipbell.Unavailable)
	other := large("event", 1001)
	other.Resources = other.Resources[1:]
	all, made, err := storetest.Accept(t.Context(), b.Over(b.KV), "default", other, everySecond(60))
	if err != nil || len(all) != 60 || len(made) == 0 || len(made) == 60 {
		t.Fatalf("%d deliveries, %d made, %v", len(all), len(made), err)
	}
	for i := range all {
		if err := b.LoadEvent(t.Context(), &all[i]); err != nil {
			t.Fatal(err)
		}
		if e, _ := all[i].FullEvent(); len(e.Resources) != 500 || e.Resources[0] != first.Resources[0] {
			t.Fatalf("delivery %d has %d resources", i, len(e.Resources))
		}
	}
}
