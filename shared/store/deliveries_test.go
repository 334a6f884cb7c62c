package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

func TestSaveKeepsToTheVersion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.Receive("event", 1, 1)[0]
	stale := d
	b.MustSave(&d)
	if d.Version != 2 {
		t.Errorf("version %d", d.Version)
	}
	if saved, err := b.Save(t.Context(), &stale); saved || err != nil || stale.Version != 1 {
		t.Errorf("an old version: saved %t, %v, version %d", saved, err, stale.Version)
	}
	other := b.Receive("other", 1, 1)[0]
	saved, err := b.SaveAll(t.Context(), []shipbell.Delivery{stale, other}, nil)
	if err != nil || len(saved) != 1 || saved[0].ID != other.ID || saved[0].Version != 2 {
		t.Errorf("saved %+v, %v", saved, err)
	}
	if saved, err := b.SaveAll(t.Context(), nil, nil); err != nil || saved != nil {
		t.Errorf("nothing: %v, %v", saved, err)
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	reads := &counting{KV: b.KV}
	s := b.Over(reads)
	accept := func(event string) shipbell.Delivery {
		t.Helper()
		all, _, err := storetest.Accept(t.Context(), s, "default", storetest.Event(event), storetest.Fires(1, 1))
		if err != nil {
			t.Fatal(err)
		}
		return all[0]
	}
	take := func(what string, d shipbell.Delivery, wantReads int) shipbell.Delivery {
		t.Helper()
		reads.gets = 0
		got, err := s.Take(t.Context(), wakeUp(t, "default", d.ID))
		if err != nil || got.ID != d.ID || reads.gets != wantReads {
			t.Errorf("%s: %v, %v, %d reads, want %d", what, got.ID, err, reads.gets, wantReads)
		}
		return got
	}
	d := accept("event")
	if got := take("a new one", d, 0); got.Version != 1 {
		t.Errorf("version %d", got.Version)
	}
	take("a second time", d, 1)

	swept := accept("swept")
	saved, err := s.SaveAll(t.Context(), []shipbell.Delivery{swept}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := take("one that has changed", swept, 1); got.Version != saved[0].Version {
		t.Errorf("version %d, want %d", got.Version, saved[0].Version)
	}

	mine := accept("mine")
	_, err = s.Take(t.Context(), wakeUp(t, "other", mine.ID))
	kindOf(t, err, shipbell.NotFound)
	for i := range 250 {
		accept(fmt.Sprint(i))
	}
	take("one of more than are kept", accept("last"), 0)
}

// counting counts reads by key.
type counting struct {
	platform.KV
	gets int
}

func (c *counting) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	c.gets++
	return c.KV.Get(ctx, keys...)
}

func TestExpiredDeliveriesAreGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.Receive("event", 1, 1)[0]
	b.Clock.Pass(storetest.Retention - time.Second)
	b.MustSave(&d) // storing it again makes it live no longer
	b.Clock.Pass(time.Second)
	_, err := b.Delivery(t.Context(), "default", d.ID)
	kindOf(t, err, shipbell.NotFound)
	for _, id := range []shipbell.ID{0, 1} {
		list, err := b.List(t.Context(), store.Query{Registry: "default", Trigger: id, Limit: 10})
		if err != nil || len(list.Deliveries) != 0 || list.Next != "" {
			t.Errorf("trigger %d: listed %+v, %v", id, list, err)
		}
	}
	if due, err := b.DueKeys(t.Context(), b.Clock.Now().Add(time.Hour), 10); err != nil || len(due) != 0 {
		t.Errorf("%v are due, %v", due, err)
	}
	if saved, err := b.Save(t.Context(), &d); saved || err != nil {
		t.Errorf("saved %t, %v", saved, err)
	}
}

// wakeUp is the body of a message about a delivery.
func wakeUp(t *testing.T, registry string, id shipbell.DeliveryID) []byte {
	t.Helper()
	m := store.Message(&shipbell.Delivery{Registry: registry, ID: id}, 0)
	return m.Body
}
