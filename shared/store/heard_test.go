package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
)

func TestHeard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.registry("other")
	expect := func(when, registry string, want store.Heard) {
		t.Helper()
		got, err := b.Heard(t.Context(), registry)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	ignore := func(of *store.Store, id string) time.Time {
		t.Helper()
		if err := of.Ignore(t.Context(), "default", store.Ignored{EventID: id, Reason: text.New(text.IgnoredUnmatched)}); err != nil {
			t.Fatal(err)
		}
		return b.clock.Now()
	}
	expect("at first", "default", store.Heard{})
	elsewhere := b.over(b.kv)
	first := ignore(elsewhere, "recorded by another process")
	expect("an ignored event", "default", store.Heard{First: first, Last: first})

	b.clock.pass(time.Hour)
	b.accept("one", 1, 2)
	b.clock.pass(time.Hour)
	b.accept("two", 1, 1)
	expect("two events with deliveries", "default", store.Heard{First: first, Last: first.Add(2 * time.Hour)})

	b.clock.pass(time.Minute)
	var last time.Time
	for range 10 { // more than are recorded at once
		b.clock.pass(time.Millisecond)
		last = ignore(b.Store, "not recorded yet")
	}
	expect("ignored events that only this process knows", "default", store.Heard{First: first, Last: last})
	expect("another registry", "other", store.Heard{})

	b.clock.pass(22*time.Hour + 30*time.Minute)
	expect("the ignored ones are forgotten first", "default", store.Heard{First: first.Add(time.Hour), Last: last})
}
