package pace_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/store/pace"
	"github.com/shipbell/shipbell/test/storetest"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// TestPaceChanges looks at what an attempt changes.
func TestPaceChanges(t *testing.T) {
	t.Parallel()
	quick := pace.Pace{Quick: true, Since: noon, Version: 3}
	slow := pace.Pace{Since: noon, Version: 3}
	dead := pace.Pace{Since: noon, TimeOuts: 4, Version: 3}
	trying := pace.Pace{Trying: true, Since: noon, Version: 3}
	for name, test := range map[string]struct {
		pace    pace.Pace
		after   time.Duration
		attempt pace.Attempt
		want    pace.Pace // without its Since; zero if nothing changes
		since   bool      // the Since is now
	}{
		"unknown, in time":             {pace.Pace{}, 0, pace.InTime, pace.Pace{Quick: true}, true},
		"unknown, late":                {pace.Pace{}, 0, pace.Late, pace.Pace{}, true},
		"unknown, timed out":           {pace.Pace{}, 0, pace.TimedOut, pace.Pace{TimeOuts: 1}, true},
		"tried, in time":               {trying, time.Second, pace.InTime, pace.Pace{Quick: true, Version: 3}, true},
		"tried, late":                  {trying, time.Second, pace.Late, pace.Pace{Version: 3}, true},
		"quick, in time":               {quick, time.Hour, pace.InTime, quick, false},
		"quick, about to be forgotten": {quick, 15 * 24 * time.Hour, pace.InTime, quick, true},
		"quick, of a clock ahead":      {quick, -time.Minute, pace.InTime, quick, true},
		"quick, late":                  {quick, 0, pace.Late, slow, true},
		"slow, late":                   {slow, time.Hour, pace.Late, slow, false},
		"slow, ended":                  {slow, time.Hour, pace.Ended, slow, false},
		"slow, timed out":              {slow, time.Hour, pace.TimedOut, pace.Pace{TimeOuts: 1, Version: 3}, false},
		"slow, in time soon after":     {slow, 59 * time.Second, pace.InTime, slow, false},
		"slow, in time a minute after": {slow, time.Minute, pace.InTime, quick, true},
		"slow of a clock ahead":        {slow, -time.Minute, pace.InTime, quick, true},
		"dead, timed out":              {dead, time.Hour, pace.TimedOut, pace.Pace{TimeOuts: 5, Version: 3}, false},
		"dead, ended":                  {dead, time.Hour, pace.Ended, slow, false},
		"dead, in time":                {dead, time.Hour, pace.InTime, quick, true},
	} {
		now := noon.Add(test.after)
		want := test.want
		if want.Since = test.pace.Since; test.since {
			want.Since = now
		}
		if got, changed := test.pace.After(now, test.attempt); got != want || changed != (got != test.pace || test.pace.Unknown()) {
			t.Errorf("%s: %+v, changed %t, want %+v", name, got, changed, want)
		}
	}
}

// TestTries has one try at a time, and another when that has taken too long.
func TestTries(t *testing.T) {
	t.Parallel()
	first, ok := pace.Pace{}.Try(noon)
	if want := (pace.Pace{Trying: true, Since: noon}); !ok || first != want || !first.Unknown() {
		t.Fatalf("the first try: %+v, %t", first, ok)
	}
	for after, want := range map[time.Duration]bool{0: false, 29 * time.Second: false, 30 * time.Second: true, -time.Second: true} {
		if _, ok := first.Try(noon.Add(after)); ok != want {
			t.Errorf("a try %v after the first: %t", after, ok)
		}
	}
}

// TestRecords stores and reads paces.
func TestRecords(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	ctx, records := t.Context(), pace.NewRecords(b.Store.Items())
	key := pace.Key{Registry: "default", Group: "0123"}
	if p, err := records.Get(ctx, key); err != nil || p != (pace.Pace{}) || !p.Unknown() {
		t.Fatalf("without a record: %+v, %v", p, err)
	}
	quick := pace.Pace{Quick: true, Since: b.Store.Now().UTC().Truncate(time.Second)}
	other := quick
	if saved, err := records.Put(ctx, key, &quick); !saved || err != nil || quick.Version != 1 {
		t.Fatalf("saved %t, %v, version %d", saved, err, quick.Version)
	}
	if saved, err := records.Put(ctx, key, &other); saved || err != nil {
		t.Errorf("a second process stored it too: %t, %v", saved, err)
	}
	if p, err := records.Get(ctx, key); err != nil || !cmp.Equal(p, quick) {
		t.Errorf("read %+v, %v, want %+v", p, err, quick)
	}
	if p, err := records.Get(ctx, pace.Key{Registry: "other", Group: "0123"}); err != nil || p.Version != 0 {
		t.Errorf("another registry has the pace: %+v, %v", p, err)
	}

	// A record that cannot be decoded is not quick, and gives way.
	broken := platform.Item{Key: platform.Key{Partition: "pace/default", Sort: "4567"}, Value: []byte(`{"quick":true`)}
	if err := b.Store.Items().Write(ctx, platform.Write{Item: broken, If: platform.Absent})[0]; err != nil {
		t.Fatal(err)
	}
	bad := pace.Key{Registry: "default", Group: "4567"}
	p, err := records.Get(ctx, bad)
	if err != nil || p.Quick || p.Version != 1 {
		t.Fatalf("an unreadable record: %+v, %v", p, err)
	}
	p, _ = p.After(b.Store.Now(), pace.InTime)
	if saved, err := records.Put(ctx, bad, &p); !saved || err != nil {
		t.Errorf("an unreadable record stays: %t, %v", saved, err)
	}
}
