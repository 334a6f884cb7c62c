package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// accept makes the deliveries of an event for a trigger.
func (b *bench) accept(e *shipbell.Event, trigger shipbell.ID, targets int) []shipbell.Delivery {
	b.T.Helper()
	all, _, err := storetest.Accept(b.T.Context(), b.Over(b.KV), "default", e, storetest.Fires(trigger, targets))
	if err != nil {
		b.T.Fatal(err)
	}
	b.Clock.Pass(time.Second)
	return all
}

func (b *bench) where(f shipbell.Filter) *shipbell.Selection {
	b.T.Helper()
	s, err := f.Select()
	if err != nil {
		b.T.Fatal(err)
	}
	return &s
}

// TestListWhere finds deliveries by what only their events tell, page by page.
func TestListWhere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	odd := storetest.Event("odd")
	odd.Repository.FullName = "team/" + string(slices.Repeat([]byte("long"), 60))
	want := map[string]int{"e1": 2, "e2": 1, "odd": 1}
	b.accept(long("e1"), 1, 2)
	b.accept(long("e2"), 2, 1)
	b.accept(odd, 1, 1)
	for _, one := range []struct {
		f    shipbell.Filter
		want []string
	}{
		{shipbell.Filter{}, []string{"e1", "e2", "odd"}},
		{shipbell.Filter{Tag: "v1.499"}, []string{"e1", "e2"}}, // the last resource, which no row has
		{shipbell.Filter{Tag: "v1.500"}, nil},
		{shipbell.Filter{RepositoryContains: "LONGLONG"}, []string{"odd"}},
		{shipbell.Filter{RepositoryPattern: "team/**"}, []string{"odd"}},
		{shipbell.Filter{Namespace: "team"}, []string{"odd"}},
		{shipbell.Filter{Event: "e2"}, []string{"e2"}},
		{shipbell.Filter{Event: "e2", Tag: "v1.3"}, []string{"e2"}},
		{shipbell.Filter{Event: "e2", Tag: "nothing"}, nil},
		{shipbell.Filter{Event: "none"}, nil},
		{shipbell.Filter{Answer: "5xx"}, nil},
	} {
		for _, limit := range []int{1, 100} {
			found := map[string]int{}
			q := store.Query{Registry: "default", Where: b.where(one.f), Limit: limit}
			for {
				list, err := b.Over(b.KV).List(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range list.Deliveries {
					found[d.Event.ID]++
				}
				if q.Before = list.Next; list.Next == "" {
					break
				}
			}
			wanted := map[string]int{}
			for _, id := range one.want {
				wanted[id] = want[id]
			}
			if diff := cmp.Diff(wanted, found); diff != "" {
				t.Errorf("%+v by %d (-want +got):\n%s", one.f, limit, diff)
			}
		}
	}
}

// TestListReadsBounded has every row ask for its event: a list stops when it has read enough,
// and the next one goes on behind.
func TestListReadsBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 250 {
		b.accept(long(fmt.Sprint("e", i)), 1, 1)
	}
	q := store.Query{Registry: "default", Where: b.where(shipbell.Filter{Tag: "v1.499"}), Limit: 1000}
	found, pages := 0, 0
	for {
		list, err := b.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		found, pages = found+len(list.Deliveries), pages+1
		if q.Before = list.Next; list.Next == "" {
			break
		}
	}
	if found != 250 || pages < 2 {
		t.Errorf("%d deliveries on %d pages", found, pages)
	}
}

// TestPast reads the events that deliveries are of, the oldest first, and replays them: once
// for a trigger that has none, and once more by each name.
func TestPast(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	start := b.Clock.Now()
	first := b.accept(storetest.Event("e1"), 1, 2)
	b.accept(long("e2"), 1, 1)
	b.accept(storetest.Event("e3"), 2, 1)
	past := func(q store.Query) (all []store.KeptEvent) {
		t.Helper()
		q.Registry = "default"
		page, err := b.Over(b.KV).Past(t.Context(), q, "")
		if err != nil || page.Next != "" {
			t.Fatalf("%+v, %v", page, err)
		}
		return page.Events
	}
	for _, one := range []struct {
		q    store.Query
		want []string
	}{
		{store.Query{}, []string{"e1", "e2", "e3"}},
		{store.Query{Trigger: 2}, []string{"e3"}},
		{store.Query{Since: start.Add(time.Second)}, []string{"e2", "e3"}},
		{store.Query{Where: b.where(shipbell.Filter{Tag: "v1.7"})}, []string{"e2"}},
		{store.Query{Where: b.where(shipbell.Filter{Event: "e2"})}, []string{"e2"}},
		{store.Query{Where: b.where(shipbell.Filter{Event: string(first[1].ID)})}, []string{"e1"}},
		{store.Query{Where: b.where(shipbell.Filter{Event: "none"})}, []string{}},
	} {
		if diff := cmp.Diff(one.want, eventIDs(past(one.q))); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", one.q, diff)
		}
	}
	b.Clock.Pass(time.Hour)
	for _, step := range []struct {
		again   string
		trigger shipbell.ID
		want    int
	}{{"", 1, 0}, {"", 3, 1}, {"", 3, 0}, {"one", 1, 1}, {"one", 1, 0}, {"two", 1, 1}} {
		e := past(store.Query{})[0]
		ids, kept, err := b.Over(b.KV).Replay(t.Context(), "default", &e, step.again, storetest.Fires(step.trigger, 1), func([]shipbell.Delivery) {})
		if err != nil || !kept || len(ids) != step.want {
			t.Fatalf("%+v: %v, %t, %v", step, ids, kept, err)
		}
		for _, id := range ids {
			d, err := b.Delivery(t.Context(), "default", id)
			if err != nil || !d.Replayed || d.Event.ID != "e1" || d.Status != shipbell.Pending || !id.ReceivedAt().Equal(start) {
				t.Errorf("%+v: %+v, %v", step, d, err)
			}
		}
	}
	before, err := b.Delivery(t.Context(), "default", first[0].ID)
	if diff := cmp.Diff(first[0].UpdatedAt, before.UpdatedAt); diff != "" || err != nil || before.Replayed {
		t.Errorf("the delivery before: %+v, %v", before, err)
	}
}

// TestClear marks deliveries that failed; a redelivery takes the mark away.
func TestClear(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.accept(storetest.Event("e1"), 1, 1)[0]
	d.Cancel(b.Clock.Now(), "cancelled-trigger-deleted")
	b.MustSave(&d)
	stale := d
	stale.Version--
	if n, err := b.Clear(t.Context(), []shipbell.Delivery{stale}); n != 0 || err != nil {
		t.Errorf("one that has changed: %d, %v", n, err)
	}
	if n, err := b.Clear(t.Context(), []shipbell.Delivery{d}); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	for cleared, want := range map[string]int{"true": 1, "false": 0} {
		list, err := b.List(t.Context(), store.Query{Registry: "default", Where: b.where(shipbell.Filter{Cleared: cleared}), Limit: 10})
		if err != nil || len(list.Deliveries) != want {
			t.Errorf("cleared %s: %d, %v", cleared, len(list.Deliveries), err)
		}
	}
	after, err := b.Delivery(t.Context(), "default", d.ID)
	if err != nil || !after.Cleared() || after.Clearable() || !after.UpdatedAt.Equal(d.UpdatedAt) {
		t.Errorf("%+v, %v", after, err)
	}
	if saved, _, err := b.Redeliver(t.Context(), []shipbell.Delivery{after}); err != nil || len(saved) != 1 || saved[0].Cleared() {
		t.Errorf("redelivered: %+v, %v", saved, err)
	}
}

// TestFormerTrigger finds a trigger by a name that it had.
func TestFormerTrigger(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	made := b.Create(storetest.Trigger("first"))
	if _, found, err := b.FormerTrigger(t.Context(), "default", "first"); found || err != nil {
		t.Errorf("before: %t, %v", found, err)
	}
	made.Name = "second"
	if _, err := b.ReplaceTrigger(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteTrigger(t.Context(), "default", made.ID); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "second"} {
		if id, found, err := b.FormerTrigger(t.Context(), "default", name); id != made.ID || !found || err != nil {
			t.Errorf("%s: %d, %t, %v", name, id, found, err)
		}
	}
	b.Clock.Pass(storetest.Retention + 24*time.Hour)
	if _, found, err := b.FormerTrigger(t.Context(), "default", "second"); found || err != nil {
		t.Errorf("after the retention: %t, %v", found, err)
	}
}
