package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/fault"
)

// settle looks through the registry default as sweep does, from an id on.
func (b *bench) settle(s *store.Store, from shipbell.DeliveryID) error {
	before := shipbell.FirstDeliveryID(b.clock.Now().Add(-store.Grace))
	for {
		looked, err := s.Orphans(b.t.Context(), "default", from, before)
		if err != nil || looked.Next == "" {
			return err
		}
		if err := s.Settle(b.t.Context(), "default", looked, before); err != nil {
			return err
		}
		from = looked.Next
	}
}

// settleOn goes on where the checkpoint is.
func (b *bench) settleOn(s *store.Store) error {
	from, err := s.Checkpoint(b.t.Context(), "default")
	if err != nil {
		return err
	}
	return b.settle(s, from)
}

// end brings a delivery to a status.
func (b *bench) end(d shipbell.Delivery, status shipbell.Status) {
	b.t.Helper()
	now := b.clock.Now()
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
	b.save(&d)
}

func (b *bench) stats(since, until time.Time) store.Stats {
	b.t.Helper()
	return b.statsOf(b.Store, since, until)
}

func (b *bench) statsOf(s *store.Store, since, until time.Time) store.Stats {
	b.t.Helper()
	stats, err := s.Stats(b.t.Context(), "default", since, until)
	if err != nil {
		b.t.Fatal(err)
	}
	return stats
}

// lately is the statistics of the last 24 hours without the hours in which
// nothing happened.
func (b *bench) lately() []store.Hour { return b.latelyOf(b.Store) }

// counted is what lately tells without looking at deliveries that are not counted.
func (b *bench) counted() []store.Hour { return b.latelyOf(b.over(unlogged{b.kv})) }

// unlogged is a key-value store that finds no deliveries.
type unlogged struct{ platform.KV }

func (u unlogged) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if r.Partition == "delivery/default" {
		return nil, nil
	}
	return u.KV.Range(ctx, r)
}

func (b *bench) latelyOf(s *store.Store) []store.Hour {
	b.t.Helper()
	now := b.clock.Now()
	var hours []store.Hour
	for _, hour := range b.statsOf(s, now.Add(-24*time.Hour), now).Hours {
		if hour.Sum() > 0 || len(hour.Triggers) > 0 {
			hours = append(hours, hour)
		}
	}
	return hours
}

// scene is some deliveries of two hours, as they are counted in the end.
func (b *bench) scene() []store.Hour {
	b.t.Helper()
	first := b.clock.Now().Truncate(time.Hour)
	statuses := []shipbell.Status{shipbell.Succeeded, shipbell.Succeeded, shipbell.Failed, shipbell.Pending, shipbell.Cancelled}
	for i := range 130 {
		if i == 65 {
			b.clock.pass(time.Hour)
		}
		for _, d := range b.accept(fmt.Sprint("scene", i), shipbell.ID(1+i%2), 1) {
			b.end(d, statuses[i%len(statuses)])
		}
		b.clock.pass(time.Millisecond)
	}
	b.clock.pass(2 * time.Minute)
	return []store.Hour{
		{Start: first, Counts: store.Counts{Succeeded: 26, Failing: 26, Cancelled: 13}, Triggers: []store.TriggerCounts{
			{Trigger: 1, Counts: store.Counts{Succeeded: 13, Failing: 13, Cancelled: 7}},
			{Trigger: 2, Counts: store.Counts{Succeeded: 13, Failing: 13, Cancelled: 6}},
		}},
		{Start: first.Add(time.Hour), Counts: store.Counts{Succeeded: 26, Failing: 26, Cancelled: 13}, Triggers: []store.TriggerCounts{
			{Trigger: 1, Counts: store.Counts{Succeeded: 13, Failing: 13, Cancelled: 6}},
			{Trigger: 2, Counts: store.Counts{Succeeded: 13, Failing: 13, Cancelled: 7}},
		}},
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.registry("other")
	want := b.scene()
	// Before sweep comes by, they count as they stand.
	if diff := cmp.Diff(want, b.lately()); diff != "" {
		t.Errorf("not looked at (-want +got):\n%s", diff)
	}
	if err := b.settleOn(b.Store); err != nil {
		t.Fatal(err)
	}
	// What becomes of a delivery later does not matter, nor is one counted twice
	// that is looked at again.
	all, _, err := b.List(t.Context(), store.Query{Registry: "default", Trigger: 1, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		d.Redeliver(b.clock.Now())
		b.end(d, shipbell.Succeeded)
	}
	for _, from := range []shipbell.DeliveryID{"", all[20].ID, all[len(all)-1].ID} {
		if err := b.settle(b.over(b.kv), from); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, b.lately()); diff != "" {
		t.Errorf("looked at several times (-want +got):\n%s", diff)
	}
	now := b.clock.Now()
	stats := b.stats(now.Add(-24*time.Hour), now)
	if sum := (store.Counts{Succeeded: 52, Failing: 52, Cancelled: 26}); stats.Total() != sum {
		t.Errorf("all are %+v, want %+v", stats.Total(), sum)
	}
	if sum := (store.Counts{Succeeded: 26, Failing: 26, Cancelled: 13}); stats.Of(2) != sum || stats.Of(3) != (store.Counts{}) {
		t.Errorf("trigger 2: %+v, want %+v; trigger 3: %+v", stats.Of(2), sum, stats.Of(3))
	}
	if other, err := b.Stats(t.Context(), "other", now.Add(-24*time.Hour), now); err != nil || other.Total().Sum() != 0 {
		t.Errorf("another registry has %+v, %v", other.Total(), err)
	}
}

// TestStatsHours asks for spans of time: every hour of one comes, and none beyond.
func TestStatsHours(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.scene() // 12 and 13 o'clock
	if err := b.settleOn(b.Store); err != nil {
		t.Fatal(err)
	}
	noon, now := want[0].Start, b.clock.Now()
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
		stats := b.stats(test.since, test.until)
		if len(stats.Hours) != test.hours || stats.Total().Sum() != test.counted {
			t.Errorf("%s: %d hours with %d deliveries, want %d with %d", name, len(stats.Hours), stats.Total().Sum(), test.hours, test.counted)
		}
		for i, hour := range stats.Hours {
			if !hour.Start.Equal(test.first.Add(time.Duration(i) * time.Hour)) {
				t.Errorf("%s: hour %d begins at %v", name, i, hour.Start)
			}
		}
	}
	b.clock.pass(8 * 24 * time.Hour)
	if got := b.stats(time.Time{}, b.clock.Now()).Total(); got.Sum() != 0 {
		t.Errorf("after 8 days there are %+v", got)
	}
}

// TestStatsAfterCrash ends the process in each of its writes, before it has an
// effect or after, and goes on with another.
func TestStatsAfterCrash(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.scene()
	for at := 1; ; at++ {
		for done := range 2 {
			err := b.settleOn(b.over(&cut{KV: b.kv, at: at, done: done}))
			if err == nil {
				if at < 6 { // two hours and the checkpoint, then one hour and the checkpoint
					t.Errorf("there are %d writes only", at-1)
				}
				return
			}
			if err := b.settleOn(b.Store); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, b.counted()); diff != "" {
				t.Errorf("write %d, done %d (-want +got):\n%s", at, done, diff)
			}
			b.forgetStats()
		}
	}
}

// forgetStats makes as if sweep had never come by.
func (b *bench) forgetStats() {
	b.t.Helper()
	items, err := b.kv.Range(b.t.Context(), platform.Range{Partition: "stats/default", Limit: 100})
	if err != nil {
		b.t.Fatal(err)
	}
	writes := []platform.Write{{Item: platform.Item{Key: platform.Key{Partition: "sweep", Sort: "default"}}, If: platform.Always, Delete: true}}
	for _, item := range items {
		writes = append(writes, platform.Write{Item: item, If: platform.Always, Delete: true})
	}
	if err := platform.First(b.kv.Write(b.t.Context(), writes...)); err != nil {
		b.t.Fatal(err)
	}
}

// meanwhile is a key-value store that has something happen before its nth write.
type meanwhile struct {
	platform.KV
	n      int
	happen func()
}

func (m *meanwhile) Write(ctx context.Context, writes ...platform.Write) []error {
	if m.n--; m.n == 0 {
		m.happen()
	}
	return m.KV.Write(ctx, writes...)
}

// TestStatsOvertaken has one sweep come by another, which dies right after its next
// write: what that one knew of the counts is old.
func TestStatsOvertaken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.scene()
	for n := 1; n <= 5; n++ {
		slow := &meanwhile{KV: b.kv, n: n, happen: func() {
			if err := b.settleOn(b.Store); err != nil {
				t.Error(err)
			}
		}}
		_ = b.settleOn(b.over(&cut{KV: slow, at: n, done: 1})) // it dies
		if err := b.settleOn(b.Store); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.counted()); diff != "" {
			t.Errorf("overtaken at write %d (-want +got):\n%s", n, diff)
		}
		b.forgetStats()
	}
}

// TestStatsOfManySweeps has several processes look through the same deliveries at
// once, each from elsewhere, over a store that fails now and then.
func TestStatsOfManySweeps(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.scene()
	all, _, err := b.List(t.Context(), store.Query{Registry: "default", Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var sweeps sync.WaitGroup
	for i := range 8 {
		kv := fault.KV{KV: b.kv, Faults: fault.New(rand.New(rand.NewPCG(uint64(i), 0)), 0.2, 0)}
		sweeps.Go(func() {
			// Nobody begins behind what was counted: the checkpoint is never ahead of it.
			for b.settleOn(b.over(kv)) != nil || b.settle(b.over(kv), "") != nil {
			}
		})
	}
	sweeps.Wait()
	if err := b.settle(b.Store, all[10].ID); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.counted()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStatsOfLate has a delivery appear among those that are counted already, as
// when an event is sent again whose first answer was an error.
func TestStatsOfLate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	late := made("default", "late", 1, 1)(b.clock.Now())[0]
	b.clock.pass(time.Millisecond)
	want := b.scene()
	if err := b.settleOn(b.Store); err != nil {
		t.Fatal(err)
	}
	if err := platform.First(b.kv.Write(t.Context(), b.rows(late)...)); err != nil {
		t.Fatal(err)
	}
	if err := b.settle(b.Store, ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.counted()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStatsOfYoung counts deliveries that sweep has not looked at.
func TestStatsOfYoung(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	now := b.clock.Now()
	one := func(c store.Counts) []store.Hour {
		return []store.Hour{{Start: now, Counts: c, Triggers: []store.TriggerCounts{{Trigger: 1, Counts: c}}}}
	}
	d := b.accept("new", 1, 1)[0]
	if got := b.lately(); got != nil {
		t.Errorf("one that nobody has attempted counts as %+v", got)
	}
	d.Claim(now, now.Add(time.Minute), shipbell.Schedule{time.Hour})
	b.save(&d)
	if got := b.lately(); got != nil {
		t.Errorf("one whose first attempt is under way counts as %+v", got)
	}
	d.Record(now, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, shipbell.Schedule{time.Hour}, 0.5)
	b.save(&d)
	if diff := cmp.Diff(one(store.Counts{Failing: 1}), b.lately()); diff != "" {
		t.Errorf("an attempt has failed (-want +got):\n%s", diff)
	}
	d.Claim(now, now.Add(time.Minute), shipbell.Schedule{time.Hour})
	b.save(&d)
	if diff := cmp.Diff(one(store.Counts{Failing: 1}), b.lately()); diff != "" {
		t.Errorf("the second is under way (-want +got):\n%s", diff)
	}
	b.end(b.accept("ended", 1, 1)[0], shipbell.Succeeded)
	if diff := cmp.Diff(one(store.Counts{Succeeded: 1, Failing: 1}), b.lately()); diff != "" {
		t.Errorf("with another (-want +got):\n%s", diff)
	}

	// With more than can be read at a glance they are left to sweep.
	b.many(199, 2)
	if got := b.lately(); got != nil {
		t.Errorf("of 201 young ones are counted %+v", got)
	}
	b.clock.pass(store.Grace + time.Millisecond)
	if err := b.settleOn(b.Store); err != nil {
		t.Fatal(err)
	}
	want := []store.Hour{{Start: now, Counts: store.Counts{Succeeded: 1, Failing: 200}, Triggers: []store.TriggerCounts{
		{Trigger: 1, Counts: store.Counts{Succeeded: 1, Failing: 1}}, {Trigger: 2, Counts: store.Counts{Failing: 199}},
	}}}
	if diff := cmp.Diff(want, b.lately()); diff != "" {
		t.Errorf("settled (-want +got):\n%s", diff)
	}
}

// many makes n deliveries at once, all of a trigger, or each of another if it is 0.
func (b *bench) many(n int, id shipbell.ID) []shipbell.Delivery {
	b.t.Helper()
	b.clock.pass(time.Millisecond)
	var all []shipbell.Delivery
	for chunk := range slices.Chunk(slices.Collect(count(n)), 100) {
		event := fmt.Sprint("many", b.clock.Now().UnixNano(), "-", chunk[0])
		made, _, err := b.Accept(b.t.Context(), "default", event, func(at time.Time) []shipbell.Delivery {
			var matches []shipbell.Match
			for _, i := range chunk {
				of := shipbell.Trigger{ID: id, Targets: []shipbell.Target{{URL: fmt.Sprintf("https://ci.example.com/%d", i)}}}
				if id == 0 {
					of.ID = shipbell.ID(i + 1)
				}
				matches = append(matches, shipbell.Match{Trigger: &of})
			}
			e := shipbell.Event{ID: event, Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/app"}}
			return shipbell.NewDeliveries("default", &e, matches, at)
		})
		if err != nil {
			b.t.Fatal(err)
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
	b.clock.pass(store.Grace + time.Millisecond)
	if err := b.settleOn(b.Store); err != nil {
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
		if got := hours[0].Of(test.id); got != (store.Counts{Failing: test.want}) {
			t.Errorf("trigger %d: %+v, want %d failing", test.id, got, test.want)
		}
	}
	items, err := b.kv.Range(t.Context(), platform.Range{Partition: "stats/default", Limit: 10})
	if err != nil || len(items) != 1 || len(items[0].Value) > 32<<10 {
		t.Errorf("%d items, the first of %d bytes, %v", len(items), len(items[0].Value), err)
	}
}

// TestStatsDamaged has an hour begin anew that cannot be read, for sweep must go on.
func TestStatsDamaged(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"too short": "x", "no id": strings.Repeat("x", 26), "no counts": string(shipbell.FirstDeliveryID(time.Now())) + "\x80",
	} {
		b := newBench(t)
		b.accept("one", 1, 1)
		key := platform.Key{Partition: "stats/default", Sort: b.clock.Now().Format("2006-01-02T15")}
		if err := platform.First(b.kv.Write(t.Context(), platform.Write{Item: platform.Item{Key: key, Value: []byte(value)}, If: platform.Always})); err != nil {
			t.Fatal(err)
		}
		b.clock.pass(store.Grace + time.Millisecond)
		if err := b.settleOn(b.Store); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := b.lately(); len(got) != 1 || got[0].Counts != (store.Counts{Failing: 1}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestStatsOfNoHour has no key hold what is not an hour.
func TestStatsOfNoHour(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := platform.Key{Partition: "stats/default", Sort: b.clock.Now().Format("2006-01-02T15") + "+"}
	if err := platform.First(b.kv.Write(t.Context(), platform.Write{Item: platform.Item{Key: key}, If: platform.Always})); err != nil {
		t.Fatal(err)
	}
	_, err := b.Stats(t.Context(), "default", b.clock.Now(), b.clock.Now())
	if err == nil || !strings.Contains(err.Error(), key.Sort) {
		t.Errorf("error %v", err)
	}
}
