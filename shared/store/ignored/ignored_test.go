package ignored_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/ignored"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// bench is the store's bench with steps of this package's tests.
type bench struct{ *storetest.Bench }

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{storetest.New(t)}
}

// unmatched is an event that somebody may wonder about, blob one that nobody does.
func unmatched(id string) shipbell.IgnoredEvent {
	return shipbell.IgnoredEvent{EventID: id, Action: shipbell.PushImage, Repository: "public/app", Tag: "v1", Reason: text.New(text.IgnoredUnmatched)}
}

func blob(id string) shipbell.IgnoredEvent {
	return shipbell.IgnoredEvent{EventID: id, Repository: "public/app", Reason: text.Literal("a blob"), Routine: true}
}

func (b *bench) ignore(s *store.Store, events ...shipbell.IgnoredEvent) {
	b.T.Helper()
	if err := s.Ignored().Add(b.T.Context(), "default", events...); err != nil {
		b.T.Fatal(err)
	}
}

// ignored is what a process that ignored nothing itself tells.
func (b *bench) recent() ignored.Recent {
	b.T.Helper()
	recent, err := b.Over(b.KV).Ignored().Recent(b.T.Context(), "default")
	if err != nil {
		b.T.Fatal(err)
	}
	return recent
}

func (b *bench) ignoredIDs() []string {
	b.T.Helper()
	var ids []string
	for _, event := range b.recent().Events {
		ids = append(ids, event.EventID)
	}
	return ids
}

// records are how many there are, and the size of the largest.
func (b *bench) ignoredRecords() (n, largest int) {
	b.T.Helper()
	items, err := b.KV.Range(b.T.Context(), platform.Range{Partition: "ignored/default", Limit: 1000})
	if err != nil {
		b.T.Fatal(err)
	}
	for _, item := range items {
		largest = max(largest, len(item.Value))
	}
	return len(items), largest
}

func TestIgnored(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if diff := cmp.Diff(ignored.Recent{}, b.recent()); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	start := b.Clock.Now()
	b.ignore(b.Store, unmatched("e1"), unmatched("e2"))
	b.Clock.Pass(time.Second)
	b.ignore(b.Over(b.KV), unmatched("e3"))
	b.Clock.Pass(time.Second)
	unreadable := shipbell.IgnoredEvent{Reason: text.Literal("it cannot be read")}
	b.ignore(b.Store, unreadable)
	want := ignored.Recent{
		Events: []shipbell.IgnoredEvent{unreadable, unmatched("e3"), unmatched("e2"), unmatched("e1")},
		Counts: []ignored.ReasonCount{{Reason: text.New(text.IgnoredUnmatched), Count: 3}, {Reason: text.Literal("it cannot be read"), Count: 1}},
		Since:  start,
	}
	for i, at := range []time.Time{start.Add(2 * time.Second), start.Add(time.Second), start, start} {
		want.Events[i].At = at
	}
	if diff := cmp.Diff(want, b.recent()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if other, err := b.Ignored().Recent(t.Context(), "other"); err != nil || len(other.Events)+len(other.Counts) > 0 {
		t.Errorf("another registry: %+v, %v", other, err)
	}
	b.Clock.Pass(24 * time.Hour)
	if diff := cmp.Diff(ignored.Recent{}, b.recent()); diff != "" {
		t.Errorf("a day later (-want +got):\n%s", diff)
	}
}

// TestIgnoredIsRecorded sends one event after the other and asks another process
// which of them it knows.
func TestIgnoredIsRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	expect := func(when string, ids ...string) {
		t.Helper()
		if diff := cmp.Diff(ids, b.ignoredIDs(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	b.ignore(b.Store, blob("b1"))
	expect("the first is recorded at once", "b1")
	b.Clock.Pass(time.Second)
	b.ignore(b.Store, blob("b2"))
	b.ignore(b.Store)
	expect("routine ones wait", "b1")
	b.Clock.Pass(time.Second)
	b.ignore(b.Store, unmatched("u1"))
	expect("others do not, and take along what waits", "u1", "b2", "b1")
	for i := range 10 {
		b.Clock.Pass(time.Millisecond)
		b.ignore(b.Store, unmatched(fmt.Sprint("u", 2+i)))
	}
	expect("but for a flood", "u5", "u4", "u3", "u2", "u1", "b2", "b1")
	if recent, err := b.Ignored().Recent(t.Context(), "default"); err != nil || len(recent.Events) != 13 || recent.Events[0].EventID != "u11" || recent.Counts[0].Count != 11 {
		t.Errorf("the process itself does not know all: %+v, %v", recent, err)
	}
	b.Clock.Pass(30 * time.Second)
	b.ignore(b.Store, blob("b3"))
	expect("routine ones still wait", "u5", "u4", "u3", "u2", "u1", "b2", "b1")
	b.ignore(b.Store, unmatched("u12"))
	expect("30 s later", "u12", "b3", "u11", "u10", "u9", "u8", "u7", "u6", "u5", "u4", "u3", "u2", "u1", "b2", "b1")
	b.Clock.Pass(time.Hour)
	b.ignore(b.Store, blob("b4"))
	if got := b.ignoredIDs(); got[0] != "b4" {
		t.Errorf("after a rest: %q", got)
	}
}

// TestIgnoredFlood ignores an event each 10 ms for ten minutes, nine of ten routine
// and each with more text than is kept.
func TestIgnoredFlood(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const minutes = 10
	long := strings.Repeat("é", 300)
	events := 0
	for ; events < minutes*60*100; events++ {
		event := blob(fmt.Sprint(events))
		if events%10 == 0 {
			event = shipbell.IgnoredEvent{EventID: fmt.Sprint("u", events), Repository: long, Tag: long, Reason: text.Literal(fmt.Sprint(events/10%100, long))}
		}
		b.ignore(b.Store, event)
		b.Clock.Pass(10 * time.Millisecond)
	}
	n, largest := b.ignoredRecords()
	t.Logf("%d events made %d records of at most %d bytes", events, n, largest)
	if n > 6+2*minutes || n < 2*minutes || largest > 16<<10 {
		t.Errorf("%d records of at most %d bytes", n, largest)
	}
	recent, err := b.Ignored().Recent(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	counted, routine := 0, 0
	for _, reason := range recent.Counts {
		counted += reason.Count
	}
	for i, event := range recent.Events {
		if event.Routine {
			routine++
		}
		if i > 0 && event.At.After(recent.Events[i-1].At) {
			t.Errorf("event %d is newer than the one before", i)
		}
		if len(event.Reason.String()) > 256 || len(event.Repository) > 256 {
			t.Errorf("event %d has long texts: %+v", i, event)
		}
	}
	if counted != events || routine > 20 || len(recent.Events) > 100 || len(recent.Events)-routine < 50 {
		t.Errorf("%d of %d counted; %d events, %d of them routine", counted, events, len(recent.Events), routine)
	}
	if !cmp.Equal(recent.Counts[0], ignored.ReasonCount{Reason: text.Literal("a blob"), Count: events * 9 / 10}) {
		t.Errorf("the first count is %+v", recent.Counts[0])
	}
}

// TestIgnoredFails proves that what cannot be recorded does not come in the way of
// what follows.
func TestIgnoredFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dying := b.Over(&storetest.Cut{KV: b.KV, At: 1})
	if err := dying.Ignored().Add(t.Context(), "default", unmatched("lost")); shipbell.KindOf(err) != shipbell.Unavailable {
		t.Errorf("got %v, want an Unavailable error", err)
	}
	b.ignore(b.Store, unmatched("kept"))
	if diff := cmp.Diff([]string{"kept"}, b.ignoredIDs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRecentEvents has deliveries and events that made none.
func TestRecentEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 250 {
		b.Receive(fmt.Sprint("e", i), 1, 1)
		b.Clock.Pass(time.Millisecond)
		if i == 200 {
			b.ignore(b.Store, unmatched("u1"), shipbell.IgnoredEvent{EventID: "of nothing", Reason: text.Literal("it cannot be read")})
		}
	}
	b.Receive("two", 1, 2)
	b.Clock.Pass(time.Millisecond)
	b.ignore(b.Store, unmatched("u2"))
	events, err := b.Catalog("default").RecentEvents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"u2", "two", "two"}
	for i := 249; len(want) < 3+198+1; i-- {
		if i == 200 {
			want = append(want, "u1")
		}
		want = append(want, fmt.Sprint("e", i))
	}
	var got []string
	for _, event := range events {
		got = append(got, event.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e := events[0]; e.Repository.FullName != "public/app" || e.Resources[0].Tag != "v1" || e.Action != shipbell.PushImage {
		t.Errorf("an event that was ignored is %+v", e)
	}
	if events, err := b.Catalog("other").RecentEvents(t.Context()); err != nil || len(events) > 0 {
		t.Errorf("another registry: %+v, %v", events, err)
	}
}
