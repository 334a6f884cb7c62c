package stats_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/stats"
	"github.com/shipbell/shipbell/shared/text"
)

func TestEventTimes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.AddRegistry("other")
	expect := func(when, registry string, want stats.EventTimes) {
		t.Helper()
		got, err := stats.New(b.Store).EventTimes(t.Context(), registry)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	ignore := func(of *store.Store, id string) time.Time {
		t.Helper()
		if err := of.Ignored().Add(t.Context(), "default", shipbell.IgnoredEvent{EventID: id, Reason: text.New(text.IgnoredUnmatched)}); err != nil {
			t.Fatal(err)
		}
		return b.Clock.Now()
	}
	expect("at first", "default", stats.EventTimes{})
	elsewhere := b.Over(b.KV)
	first := ignore(elsewhere, "recorded by another process")
	expect("an ignored event", "default", stats.EventTimes{First: first, Last: first})

	b.Clock.Pass(time.Hour)
	b.Receive("one", 1, 2)
	b.Clock.Pass(time.Hour)
	b.Receive("two", 1, 1)
	expect("two events with deliveries", "default", stats.EventTimes{First: first, Last: first.Add(2 * time.Hour)})

	b.Clock.Pass(time.Minute)
	var last time.Time
	for range 10 { // more than are recorded at once
		b.Clock.Pass(time.Millisecond)
		last = ignore(b.Store, "not recorded yet")
	}
	expect("ignored events that only this process knows", "default", stats.EventTimes{First: first, Last: last})
	expect("another registry", "other", stats.EventTimes{})

	b.Clock.Pass(22*time.Hour + 30*time.Minute)
	expect("the ignored ones are forgotten first", "default", stats.EventTimes{First: first.Add(time.Hour), Last: last})
}
