package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// long is an event that is too long for its receipt.
func long(id string) *shipbell.Event {
	e := storetest.Event(id)
	for i := range 500 {
		e.Resources = append(e.Resources, shipbell.Resource{Tag: fmt.Sprint("v1.", i), URL: fmt.Sprint("reg.example.com/public/app:v1.", i)})
	}
	return e
}

func (b *bench) keepUnmatched(events ...*shipbell.Event) {
	b.T.Helper()
	for _, e := range events {
		if repeat, err := b.KeepUnmatched(b.T.Context(), "default", e); err != nil || repeat {
			b.T.Fatalf("keep %s: %t, %v", e.ID, repeat, err)
		}
		b.Clock.Pass(time.Second)
	}
}

// unmatched reads all kept events in pages.
func (b *bench) unmatched(q store.UnmatchedQuery) (all []store.KeptEvent) {
	b.T.Helper()
	q.Registry = "default"
	for {
		page, err := b.Over(b.KV).Unmatched(b.T.Context(), q)
		if err != nil {
			b.T.Fatal(err)
		}
		all = append(all, page.Events...)
		if q.After = page.Next; page.Next == "" {
			return all
		}
	}
}

func eventIDs(events []store.KeptEvent) []string {
	all := []string{}
	for _, one := range events {
		all = append(all, one.Event.ID)
	}
	return all
}

// TestUnmatched lists kept events from both ends, within a time, page by page.
func TestUnmatched(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	start := b.Clock.Now()
	b.keepUnmatched(storetest.Event("e1"), long("e2"), storetest.Event("e3"))
	b.AddRegistry("other")
	if _, err := b.KeepUnmatched(t.Context(), "other", storetest.Event("e4")); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{1, 2, 3, 100} {
		for _, c := range []struct {
			q    store.UnmatchedQuery
			want []string
		}{
			{store.UnmatchedQuery{}, []string{"e3", "e2", "e1"}},
			{store.UnmatchedQuery{OldestFirst: true}, []string{"e1", "e2", "e3"}},
			{store.UnmatchedQuery{Since: start.Add(time.Second)}, []string{"e3", "e2"}},
			{store.UnmatchedQuery{Until: start.Add(2 * time.Second), OldestFirst: true}, []string{"e1", "e2"}},
			{store.UnmatchedQuery{Since: start.Add(time.Hour)}, []string{}},
		} {
			c.q.Limit = limit
			if diff := cmp.Diff(c.want, eventIDs(b.unmatched(c.q))); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", c.q, diff)
			}
		}
	}
	all := b.unmatched(store.UnmatchedQuery{Limit: 10})
	if diff := cmp.Diff(long("e2"), all[1].Event); diff != "" || !all[1].ReceivedAt.Equal(start.Add(time.Second)) {
		t.Errorf("received at %v, the event (-kept +read):\n%s", all[1].ReceivedAt, diff)
	}
	one, found, err := b.UnmatchedByID(t.Context(), "default", all[2].ID)
	if err != nil || !found || one.Event.ID != "e1" {
		t.Errorf("by its id: %+v, %t, %v", one, found, err)
	}
	if _, found, err := b.UnmatchedByID(t.Context(), "other", all[2].ID); err != nil || found {
		t.Errorf("in another registry: %t, %v", found, err)
	}
	b.Clock.Pass(storetest.Retention)
	if left := b.unmatched(store.UnmatchedQuery{Limit: 10}); len(left) > 0 {
		t.Errorf("after the retention: %v", eventIDs(left))
	}
}

// replay replays all kept events, as they are listed now, and answers what was made.
func (b *bench) replay(s *store.Store, matches store.Matches) (made []shipbell.Delivery, err error) {
	b.T.Helper()
	for _, one := range b.unmatched(store.UnmatchedQuery{OldestFirst: true, Limit: 10}) {
		ids, kept, err := s.Replay(b.T.Context(), "default", &one, "", matches, func(new []shipbell.Delivery) { made = append(made, new...) })
		if err != nil {
			return made, err
		}
		if !kept {
			b.T.Errorf("event %s is not kept", one.Event.ID)
		}
		for _, id := range ids {
			if !id.ReceivedAt().Equal(one.ReceivedAt) {
				b.T.Errorf("delivery %s of event %s is not of its receipt", id, one.Event.ID)
			}
		}
	}
	return made, nil
}

// lacks reports whether a replay would make deliveries for a trigger.
func lacks(u *store.KeptEvent, trigger shipbell.ID) bool {
	for m := range storetest.Fires(trigger, 1)(u.Event) {
		return u.Lacks("default", m, "") > 0
	}
	return false
}

// TestReplay makes deliveries of events that nothing matched, once for each trigger.
func TestReplay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.keepUnmatched(storetest.Event("e1"), long("e2"))
	b.Clock.Pass(5 * time.Hour)
	again := func(name string, matches store.Matches, want int) []shipbell.Delivery {
		t.Helper()
		made, err := b.replay(b.Over(b.KV), matches)
		if err != nil || len(made) != want {
			t.Fatalf("%s: %d deliveries, %v, want %d", name, len(made), err, want)
		}
		return made
	}
	first := again("at first", storetest.Fires(1, 2), 4)
	for _, d := range first {
		stored, err := b.Delivery(t.Context(), "default", d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !stored.NextAttemptAt.Equal(b.Clock.Now()) || !stored.RedeliveredAt.Equal(b.Clock.Now()) || stored.Due.IsZero() || stored.Status != shipbell.Pending {
			t.Errorf("stored is %+v, not due now", stored)
		}
		if err := b.LoadEvent(t.Context(), &stored); err != nil {
			t.Fatal(err)
		}
		whole, _ := stored.FullEvent()
		want := map[string]*shipbell.Event{"e1": storetest.Event("e1"), "e2": long("e2")}[whole.ID]
		if diff := cmp.Diff(want, whole); diff != "" {
			t.Errorf("its event (-kept +delivered):\n%s", diff)
		}
	}
	again("once more", storetest.Fires(1, 2), 0)
	again("with a target that was added", storetest.Fires(1, 3), 0)
	again("with another trigger", storetest.Fires(2, 1), 2)
	again("with that once more", storetest.Fires(2, 1), 0)
	for _, one := range b.unmatched(store.UnmatchedQuery{Limit: 10}) {
		if len(one.Deliveries) != 3 || lacks(&one, 1) || lacks(&one, 2) || !lacks(&one, 3) {
			t.Errorf("event %s has %v", one.Event.ID, one.Deliveries)
		}
	}
	// The registry sends it again: these are its deliveries.
	accepted, err := b.Over(b.KV).Accept(t.Context(), "default", storetest.Event("e1"), storetest.Fires(1, 2), func(made []shipbell.Delivery) {
		t.Errorf("sent again it makes %v", ids(made))
	})
	if diff := cmp.Diff(ids(first[:2]), accepted.Deliveries); diff != "" || err != nil || !accepted.Repeat {
		t.Errorf("sent again (%v, repeat %t) it has (-replayed +answered):\n%s", err, accepted.Repeat, diff)
	}
}

// TestReplayMany makes more deliveries of one event than its receipt names.
func TestReplayMany(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.keepUnmatched(storetest.Event("e1"))
	for _, want := range []int{150, 0} {
		if made, err := b.replay(b.Over(b.KV), storetest.Fires(1, 150)); err != nil || len(made) != want {
			t.Fatalf("%d deliveries, %v, want %d", len(made), err, want)
		}
	}
	if one := b.unmatched(store.UnmatchedQuery{Limit: 10})[0]; len(one.Deliveries) != 150 {
		t.Errorf("the event names %d deliveries", len(one.Deliveries))
	}
}

// TestReplayCut ends the process in each of its writes: the next replay makes what is
// missing, and nothing twice.
func TestReplayCut(t *testing.T) {
	t.Parallel()
	for at := range 8 {
		for done := range 3 {
			b := newBench(t)
			b.keepUnmatched(storetest.Event("e1"), storetest.Event("e2"))
			cut := &storetest.Cut{KV: b.KV, At: at + 1, Done: done}
			made, failed := b.replay(b.Over(cut), storetest.Fires(1, 2))
			rest, err := b.replay(b.Over(b.KV), storetest.Fires(1, 2))
			if err != nil {
				t.Fatal(err)
			}
			if failed == nil && len(rest) > 0 {
				t.Errorf("write %d, %d done: %d are made twice", at+1, done, len(rest))
			}
			known := map[shipbell.DeliveryID]bool{}
			for _, d := range append(made, rest...) {
				if known[d.ID] {
					t.Errorf("write %d, %d done: %s was handed out twice", at+1, done, d.ID)
				}
				known[d.ID] = true
			}
			if n := len(b.there("delivery/default")); n != 4 {
				t.Errorf("write %d, %d done: %d rows, want 4", at+1, done, n)
			}
			if last, err := b.replay(b.Over(b.KV), storetest.Fires(1, 2)); err != nil || len(last) > 0 {
				t.Errorf("write %d, %d done: a third replay makes %d, %v", at+1, done, len(last), err)
			}
		}
	}
}

// TestReplayOutlives keeps what is replayed at the end of the retention for as long as its
// attempts can take.
func TestReplayOutlives(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	schedule, err := shipbell.ParseSchedule("5s,30s,2m,10m,30m,2h,6h,12h")
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(store.Options{
		KV: b.KV, Sealer: b.Sealer, Now: b.Clock.Now, Retention: 5 * 24 * time.Hour, MaxDelay: time.Minute, Schedule: schedule,
	})
	for _, e := range []*shipbell.Event{storetest.Event("e1"), long("e2")} {
		if _, err := s.KeepUnmatched(t.Context(), "default", e); err != nil {
			t.Fatal(err)
		}
	}
	b.Clock.Pass(5*24*time.Hour - time.Minute)
	made, err := b.replay(s, storetest.Fires(1, 1))
	if err != nil || len(made) != 2 {
		t.Fatalf("%d deliveries, %v", len(made), err)
	}
	b.Clock.Pass(36 * time.Hour)
	for _, d := range made {
		stored, err := s.Delivery(t.Context(), "default", d.ID)
		if err == nil {
			err = s.LoadEvent(t.Context(), &stored)
		}
		if err != nil {
			t.Errorf("delivery %s after a day and a half: %v", d.ID, err)
		}
	}
}

// TestUnmatchedDamaged leaves out an event whose receipt cannot be read, and tells.
func TestUnmatchedDamaged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.keepUnmatched(storetest.Event("e1"), storetest.Event("e2"))
	broken := platform.Item{Key: platform.Key{Partition: "event/default/e1", Sort: "receipt"}, Value: []byte(`{`)}
	if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: broken, If: platform.Always})); err != nil {
		t.Fatal(err)
	}
	page, err := b.Unmatched(t.Context(), store.UnmatchedQuery{Registry: "default", Limit: 10})
	if err != nil || page.Damaged != 1 || !cmp.Equal(eventIDs(page.Events), []string{"e2"}) {
		t.Errorf("%v, %d damaged, %v", eventIDs(page.Events), page.Damaged, err)
	}
}
