package stats_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/stats"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// bench is the store's bench with steps of this package's tests.
type bench struct{ *storetest.Bench }

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{storetest.New(t)}
}

// aggregate scans the registry default as sweep does, from an id on.
func (b *bench) aggregate(s *store.Store, from shipbell.DeliveryID) error {
	before := shipbell.FirstDeliveryID(b.Clock.Now().Add(-store.Grace))
	for page, err := range s.ScanAll(b.T.Context(), "default", from, before) {
		if err != nil {
			return err
		}
		if err := stats.New(s).Aggregate(b.T.Context(), "default", page.States); err != nil {
			return err
		}
		if err := s.SetCheckpoint(b.T.Context(), "default", store.Checkpoint{Scanned: page.Next, Announced: page.Next, At: b.Clock.Now()}); err != nil {
			return err
		}
	}
	return nil
}

// sweep goes on where the checkpoint is.
func (b *bench) sweep(s *store.Store) error {
	checkpoint, err := s.Checkpoint(b.T.Context(), "default")
	if err != nil {
		return err
	}
	return b.aggregate(s, checkpoint.Scanned)
}

// end brings a delivery to a status.
func (b *bench) end(d shipbell.Delivery, status shipbell.Status) {
	b.T.Helper()
	now := b.Clock.Now()
	d.Claim(now, now.Add(time.Minute), shipbell.Schedule{time.Hour})
	switch status {
	case shipbell.Succeeded:
		d.Record(now, shipbell.Outcome{StatusCode: 200}, nil, 0.5)
	case shipbell.Failed:
		d.Record(now, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, nil, 0.5)
	case shipbell.Pending:
		d.Record(now, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, shipbell.Schedule{time.Hour}, 0.5)
	case shipbell.Cancelled:
		d.Cancel(now, "because")
	}
	b.MustSave(&d)
}

func (b *bench) stats(since, until time.Time) stats.Stats {
	b.T.Helper()
	return b.statsOf(b.Store, since, until)
}

func (b *bench) statsOf(s *store.Store, since, until time.Time) stats.Stats {
	b.T.Helper()
	hours, err := stats.New(s).Stats(b.T.Context(), "default", since, until)
	if err != nil {
		b.T.Fatal(err)
	}
	return hours
}

// lately is the statistics of the last 24 hours without the hours in which
// nothing happened.
func (b *bench) lately() []stats.Hour { return b.latelyOf(b.Store) }

// counted is what lately tells without looking at deliveries that are not counted.
func (b *bench) counted() []stats.Hour { return b.latelyOf(b.Over(unlogged{b.KV})) }

// unlogged is a key-value store that finds no deliveries.
type unlogged struct{ platform.KV }

func (u unlogged) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if r.Partition == "delivery/default" {
		return nil, nil
	}
	return u.KV.Range(ctx, r)
}

func (b *bench) latelyOf(s *store.Store) []stats.Hour {
	b.T.Helper()
	now := b.Clock.Now()
	var hours []stats.Hour
	for _, hour := range b.statsOf(s, now.Add(-24*time.Hour), now).Hours {
		if hour.Sum() > 0 || len(hour.Triggers) > 0 {
			hours = append(hours, hour)
		}
	}
	return hours
}

// scene is some deliveries of two hours, as they are counted in the end.
func (b *bench) scene() []stats.Hour {
	b.T.Helper()
	first := b.Clock.Now().Truncate(time.Hour)
	statuses := []shipbell.Status{shipbell.Succeeded, shipbell.Succeeded, shipbell.Failed, shipbell.Pending, shipbell.Cancelled}
	for i := range 130 {
		if i == 65 {
			b.Clock.Pass(time.Hour)
		}
		for _, d := range b.Receive(fmt.Sprint("scene", i), shipbell.ID(1+i%2), 1) {
			b.end(d, statuses[i%len(statuses)])
		}
		b.Clock.Pass(time.Millisecond)
	}
	b.Clock.Pass(2 * time.Minute)
	return []stats.Hour{
		{Start: first, Counts: stats.Counts{Succeeded: 26, Failing: 26, Cancelled: 13}, Triggers: []stats.TriggerCounts{
			{Trigger: 1, Counts: stats.Counts{Succeeded: 13, Failing: 13, Cancelled: 7}},
			{Trigger: 2, Counts: stats.Counts{Succeeded: 13, Failing: 13, Cancelled: 6}},
		}},
		{Start: first.Add(time.Hour), Counts: stats.Counts{Succeeded: 26, Failing: 26, Cancelled: 13}, Triggers: []stats.TriggerCounts{
			{Trigger: 1, Counts: stats.Counts{Succeeded: 13, Failing: 13, Cancelled: 6}},
			{Trigger: 2, Counts: stats.Counts{Succeeded: 13, Failing: 13, Cancelled: 7}},
		}},
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.AddRegistry("other")
	want := b.scene()
	// Before sweep comes by, they count as they stand.
	if diff := cmp.Diff(want, b.lately()); diff != "" {
		t.Errorf("not looked at (-want +got):\n%s", diff)
	}
	if err := b.sweep(b.Store); err != nil {
		t.Fatal(err)
	}
	// What becomes of a delivery later does not matter, nor is one counted twice
	// that is looked at again.
	list, err := b.List(t.Context(), store.Query{Registry: "default", Trigger: 1, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	all := list.Deliveries
	for _, d := range all {
		d.Redeliver(b.Clock.Now())
		b.end(d, shipbell.Succeeded)
	}
	for _, from := range []shipbell.DeliveryID{"", all[20].ID, all[len(all)-1].ID} {
		if err := b.aggregate(b.Over(b.KV), from); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, b.lately()); diff != "" {
		t.Errorf("looked at several times (-want +got):\n%s", diff)
	}
	now := b.Clock.Now()
	day := b.stats(now.Add(-24*time.Hour), now)
	if sum := (stats.Counts{Succeeded: 52, Failing: 52, Cancelled: 26}); day.Total() != sum {
		t.Errorf("all are %+v, want %+v", day.Total(), sum)
	}
	if sum := (stats.Counts{Succeeded: 26, Failing: 26, Cancelled: 13}); day.Of(2) != sum || day.Of(3) != (stats.Counts{}) {
		t.Errorf("trigger 2: %+v, want %+v; trigger 3: %+v", day.Of(2), sum, day.Of(3))
	}
	if other, err := stats.New(b.Store).Stats(t.Context(), "other", now.Add(-24*time.Hour), now); err != nil || other.Total().Sum() != 0 {
		t.Errorf("another registry has %+v, %v", other.Total(), err)
	}
}

// TestStatsHours asks for spans of time: every hour of one comes, and none beyond.
func TestStatsHours(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.scene() // 12 and 13 o'clock
	if err := b.sweep(b.Store); err != nil {
		t.Fatal(err)
	}
	noon, now := want[0].Start, b.Clock.Now()
	for name, test := range map[string]struct {
		since, until time.Time
		hours        int
		first        time.Time
		counted      int
	}{
		"a day":           {now.Add(-24 * time.Hour), now, 25, noon.Add(-23 * time.Hour), 130},
		"the first hour":  {noon, noon.Add(59 * time.Minute), 1, noon, 65},
		"in an hour":      {noon.Add(20 * time.Minute), noon.Add(30 * time.Minute), 1, noon, 65},
		"with the next":   {noon, noon.Add(time.Hour), 2, noon, 130},
		"before":          {noon.Add(-3 * time.Hour), noon.Add(-time.Nanosecond), 3, noon.Add(-3 * time.Hour), 0},
		"elsewhere":       {noon.In(time.FixedZone("", 8*3600)), now, 2, noon, 130},
		"the future":      {noon, now.Add(100 * time.Hour), 2, noon, 130},
		"all that was":    {time.Time{}, now, 8*24 + 1, now.Truncate(time.Hour).Add(-8 * 24 * time.Hour), 130},
		"the wrong way":   {now, noon.Add(-time.Hour), 0, time.Time{}, 0},
		"the future only": {now.Add(2 * time.Hour), now.Add(3 * time.Hour), 0, time.Time{}, 0},
	} {
		got := b.stats(test.since, test.until)
		if len(got.Hours) != test.hours || got.Total().Sum() != test.counted {
			t.Errorf("%s: %d hours with %d deliveries, want %d with %d", name, len(got.Hours), got.Total().Sum(), test.hours, test.counted)
		}
		for i, hour := range got.Hours {
			if !hour.Start.Equal(test.first.Add(time.Duration(i) * time.Hour)) {
				t.Errorf("%s: hour %d begins at %v", name, i, hour.Start)
			}
		}
	}
	b.Clock.Pass(8 * 24 * time.Hour)
	if got := b.stats(time.Time{}, b.Clock.Now()).Total(); got.Sum() != 0 {
		t.Errorf("after 8 days there are %+v", got)
	}
}

// TestStatsOfRecent counts deliveries that sweep has not scanned.
func TestStatsOfRecent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	now := b.Clock.Now()
	one := func(c stats.Counts) []stats.Hour {
		return []stats.Hour{{Start: now, Counts: c, Triggers: []stats.TriggerCounts{{Trigger: 1, Counts: c}}}}
	}
	d := b.Receive("new", 1, 1)[0]
	if got := b.lately(); got != nil {
		t.Errorf("one that nobody has attempted counts as %+v", got)
	}
	d.Claim(now, now.Add(time.Minute), shipbell.Schedule{time.Hour})
	b.MustSave(&d)
	if got := b.lately(); got != nil {
		t.Errorf("one whose first attempt is under way counts as %+v", got)
	}
	d.Record(now, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, shipbell.Schedule{time.Hour}, 0.5)
	b.MustSave(&d)
	if diff := cmp.Diff(one(stats.Counts{Failing: 1}), b.lately()); diff != "" {
		t.Errorf("an attempt has failed (-want +got):\n%s", diff)
	}
	d.Claim(now, now.Add(time.Minute), shipbell.Schedule{time.Hour})
	b.MustSave(&d)
	if diff := cmp.Diff(one(stats.Counts{Failing: 1}), b.lately()); diff != "" {
		t.Errorf("the second is under way (-want +got):\n%s", diff)
	}
	b.end(b.Receive("ended", 1, 1)[0], shipbell.Succeeded)
	if diff := cmp.Diff(one(stats.Counts{Succeeded: 1, Failing: 1}), b.lately()); diff != "" {
		t.Errorf("with another (-want +got):\n%s", diff)
	}

	// With more than can be read at a glance they are left to sweep.
	b.many(199, 2)
	if got := b.lately(); got != nil {
		t.Errorf("of 201 recent ones are counted %+v", got)
	}
	b.Clock.Pass(store.Grace + time.Millisecond)
	if err := b.sweep(b.Store); err != nil {
		t.Fatal(err)
	}
	want := []stats.Hour{{Start: now, Counts: stats.Counts{Succeeded: 1, Failing: 200}, Triggers: []stats.TriggerCounts{
		{Trigger: 1, Counts: stats.Counts{Succeeded: 1, Failing: 1}}, {Trigger: 2, Counts: stats.Counts{Failing: 199}},
	}}}
	if diff := cmp.Diff(want, b.lately()); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

// many makes n deliveries at once, all of a trigger, or each of another if it is 0.
func (b *bench) many(n int, id shipbell.ID) []shipbell.Delivery {
	b.T.Helper()
	b.Clock.Pass(time.Millisecond)
	var all []shipbell.Delivery
	for begin := 0; begin < n; begin += 100 {
		event := fmt.Sprint("many", b.Clock.Now().UnixNano(), "-", begin)
		var matches []shipbell.Match
		for i := begin; i < min(n, begin+100); i++ {
			of := shipbell.Trigger{ID: id, Targets: []shipbell.Target{{URL: fmt.Sprintf("https://ci.example.com/%d", i)}}}
			if id == 0 {
				of.ID = shipbell.ID(i + 1)
			}
			matches = append(matches, shipbell.Match{Trigger: &of})
		}
		_, made, err := storetest.Accept(b.T.Context(), b.Store, "default", storetest.Event(event), storetest.Matching(matches...))
		if err != nil {
			b.T.Fatal(err)
		}
		all = append(all, made...)
	}
	return all
}

// TestStatsOfManyTriggers has more triggers than an hour tells apart.
func TestStatsOfManyTriggers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const many, told = 2100, 2000
	b.many(many, 0)
	b.Clock.Pass(store.Grace + time.Millisecond)
	if err := b.sweep(b.Store); err != nil {
		t.Fatal(err)
	}
	hours := b.lately()
	if len(hours) != 1 || len(hours[0].Triggers) != told+1 || hours[0].Failing != many {
		t.Fatalf("%d hours, %d triggers, %+v", len(hours), len(hours[0].Triggers), hours[0].Counts)
	}
	for _, test := range []struct {
		id   shipbell.ID
		want int
	}{{0, many - told}, {1, 1}, {told, 1}, {told + 1, 0}} {
		if got := hours[0].Of(test.id); got != (stats.Counts{Failing: test.want}) {
			t.Errorf("trigger %d: %+v, want %d failing", test.id, got, test.want)
		}
	}
	items, err := b.KV.Range(t.Context(), platform.Range{Partition: "stats/default", Limit: 10})
	if err != nil || len(items) != 1 || len(items[0].Value) > 32<<10 {
		t.Errorf("%d items, the first of %d bytes, %v", len(items), len(items[0].Value), err)
	}
}

// TestStatsOfNoHour does without a record whose key is no hour.
func TestStatsOfNoHour(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := platform.Key{Partition: "stats/default", Sort: b.Clock.Now().Format("2006-01-02T15") + "+"}
	if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: platform.Item{Key: key}, If: platform.Always})); err != nil {
		t.Fatal(err)
	}
	got, err := stats.New(b.Store).Stats(t.Context(), "default", b.Clock.Now(), b.Clock.Now())
	if err != nil || got.Total() != (stats.Counts{}) {
		t.Errorf("%+v, %v", got, err)
	}
}
