package rate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/store/rate"
	"github.com/shipbell/shipbell/test/storetest"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// TestTurns takes turns at several rates.
func TestTurns(t *testing.T) {
	t.Parallel()
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	for name, test := range map[string]struct {
		perMinute int
		// at are when turns are taken, and want when they are, both in seconds after noon.
		at, want []float64
	}{
		"20 a minute, at once":       {20, []float64{0, 0, 0, 0}, []float64{0, 3, 6, 9}},
		"20 a minute, with a rest":   {20, []float64{0, 1, 60, 60}, []float64{0, 3, 60, 63}},
		"1 a minute":                 {1, []float64{0, 0, 30}, []float64{0, 60, 120}},
		"120 a minute, two at once":  {120, []float64{0, 0, 0, 0, 10, 10, 10}, []float64{0, 0, 0.5, 1, 10, 10, 10.5}},
		"60 a minute, no more":       {60, []float64{0, 0, 10, 10}, []float64{0, 1, 10, 11}},
		"a clock that is a bit back": {20, []float64{10, 0, 0}, []float64{10, 13, 16}},
		"a clock that was ahead":     {20, []float64{3600, 3600, 0, 0}, []float64{3600, 3603, 6, 9}},
	} {
		var l rate.Limit
		for i := range test.at {
			turn, after := l.Take(noon.Add(seconds(test.at[i])), test.perMinute)
			if want := noon.Add(seconds(test.want[i])); !turn.Equal(want) {
				t.Errorf("%s: turn %d is %v, want %v", name, i+1, turn.Sub(noon), want.Sub(noon))
			}
			l = after
		}
	}
}

// TestBurst takes many turns at once: those of a second come at once.
func TestBurst(t *testing.T) {
	t.Parallel()
	var l rate.Limit
	atOnce := 0
	for range 6000 {
		var turn time.Time
		if turn, l = l.Take(noon, 6000); turn.Equal(noon) {
			atOnce++
		} else if turn.After(noon.Add(59 * time.Second)) {
			t.Fatalf("a turn of the first minute is %v after its begin", turn.Sub(noon))
		}
	}
	if atOnce != 100 {
		t.Errorf("%d turns at once, want 100", atOnce)
	}
}

// TestChangedRate takes turns after the rate was changed, and after what no one can have
// taken.
func TestChangedRate(t *testing.T) {
	t.Parallel()
	taken := rate.Limit{Next: noon.Add(time.Hour), PerMinute: 10, TakenAt: noon}
	for _, test := range []struct {
		limit     rate.Limit
		perMinute int
		want      time.Duration
	}{
		{taken, 10, time.Hour},
		{taken, 20, 30 * time.Minute},
		{taken, 5, time.Hour},
		{rate.Limit{Next: noon.Add(1000 * time.Hour), PerMinute: 10, TakenAt: noon}, 10, 0},
	} {
		if turn, after := test.limit.Take(noon, test.perMinute); turn.Sub(noon) != test.want || after.PerMinute != test.perMinute {
			t.Errorf("at %d a minute: %v after noon, want %v", test.perMinute, turn.Sub(noon), test.want)
		}
	}
}

// TestManyTurnsAtOnce has many processes take turns at one target.
func TestManyTurnsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.TurnsAtOnce(t, storetest.New(t).KV, 8, 25)
}

// TestRecords stores and reads limits.
func TestRecords(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	ctx, records := t.Context(), rate.NewRecords(b.Store.Items())
	key := rate.Key{Registry: "default", Trigger: 7, Target: 2}
	free, err := records.Get(ctx, key)
	if err != nil || free != (rate.Limit{}) {
		t.Fatalf("without a record: %+v, %v", free, err)
	}
	_, first := free.Take(b.Store.Now().UTC(), 20)
	second := first
	if saved, err := records.Put(ctx, key, &first); !saved || err != nil || first.Version != 1 {
		t.Fatalf("saved %t, %v, version %d", saved, err, first.Version)
	}
	if saved, err := records.Put(ctx, key, &second); saved || err != nil {
		t.Errorf("a second process took the same turn: %t, %v", saved, err)
	}
	if got, err := records.Get(ctx, key); err != nil || !cmp.Equal(got, first) {
		t.Errorf("read %+v, %v, want %+v", got, err, first)
	}
	for _, other := range []rate.Key{{Registry: "other", Trigger: 7, Target: 2}, {Registry: "default", Trigger: 7, Target: 1}} {
		if got, err := records.Get(ctx, other); err != nil || got.Version != 0 {
			t.Errorf("%+v has a limit: %+v, %v", other, got, err)
		}
	}
	for i, value := range []string{`{"next":"soon"}`, `{"per_minute":-1}`} {
		bad := rate.Key{Registry: "default", Trigger: 8, Target: 1}
		item := platform.Item{Key: platform.Key{Partition: "rate/default", Sort: "0000000008/1"}, Value: []byte(value)}
		if err := b.Store.Items().Write(ctx, platform.Write{Item: item, If: platform.Always})[0]; err != nil {
			t.Fatal(err)
		}
		got, err := records.Get(ctx, bad)
		if err != nil || got.PerMinute != 0 || got.Version == 0 {
			t.Fatalf("an unreadable record %d: %+v, %v", i, got, err)
		}
		_, got = got.Take(b.Store.Now(), 20)
		if saved, err := records.Put(ctx, bad, &got); !saved || err != nil {
			t.Errorf("an unreadable record stays: %t, %v", saved, err)
		}
	}
}
