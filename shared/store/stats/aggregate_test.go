package stats_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/stats"
	"github.com/shipbell/shipbell/test/fault"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestStatsAfterCrash ends the process in each of its writes, before it has an
// effect or after, and goes on with another.
func TestStatsAfterCrash(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.scene()
	for at := 1; ; at++ {
		for done := range 2 {
			err := b.sweep(b.Over(&storetest.Cut{KV: b.KV, At: at, Done: done}))
			if err == nil {
				if at < 6 { // two hours and the checkpoint, then one hour and the checkpoint
					t.Errorf("there are %d writes only", at-1)
				}
				return
			}
			if err := b.sweep(b.Store); err != nil {
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
	b.T.Helper()
	items, err := b.KV.Range(b.T.Context(), platform.Range{Partition: "stats/default", Limit: 100})
	if err != nil {
		b.T.Fatal(err)
	}
	writes := []platform.Write{{Item: platform.Item{Key: platform.Key{Partition: "sweep", Sort: "default"}}, If: platform.Always, Delete: true}}
	for _, item := range items {
		writes = append(writes, platform.Write{Item: item, If: platform.Always, Delete: true})
	}
	if err := platform.First(b.KV.Write(b.T.Context(), writes...)); err != nil {
		b.T.Fatal(err)
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
		slow := &meanwhile{KV: b.KV, n: n, happen: func() {
			if err := b.sweep(b.Store); err != nil {
				t.Error(err)
			}
		}}
		_ = b.sweep(b.Over(&storetest.Cut{KV: slow, At: n, Done: 1})) // it dies
		if err := b.sweep(b.Store); err != nil {
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
	list, err := b.List(t.Context(), store.Query{Registry: "default", Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var sweeps sync.WaitGroup
	for i := range 8 {
		kv := fault.KV{KV: b.KV, Faults: fault.New(rand.New(rand.NewPCG(uint64(i), 0)), 0.2, 0)}
		sweeps.Go(func() {
			// Nobody begins behind what was counted: the checkpoint is never ahead of it.
			for b.sweep(b.Over(kv)) != nil || b.aggregate(b.Over(kv), "") != nil {
			}
		})
	}
	sweeps.Wait()
	if err := b.aggregate(b.Store, list.Deliveries[10].ID); err != nil {
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
	late := storetest.Deliveries("default", "late", 1, 1)(b.Clock.Now())[0]
	b.Clock.Pass(time.Millisecond)
	want := b.scene()
	if err := b.sweep(b.Store); err != nil {
		t.Fatal(err)
	}
	value, err := json.Marshal(late)
	if err != nil {
		t.Fatal(err)
	}
	row := platform.Item{Key: platform.Key{Partition: "delivery/default", Sort: string(late.ID)}, Value: value}
	if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: row})); err != nil {
		t.Fatal(err)
	}
	if err := b.aggregate(b.Store, ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.counted()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStatsDamaged has an hour begin anew that cannot be read, for sweep must go on.
func TestStatsDamaged(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"too short": "x", "no id": strings.Repeat("x", 26), "no counts": string(shipbell.FirstDeliveryID(time.Now())) + "\x80",
	} {
		b := newBench(t)
		b.Receive("one", 1, 1)
		key := platform.Key{Partition: "stats/default", Sort: b.Clock.Now().Format("2006-01-02T15")}
		if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: platform.Item{Key: key, Value: []byte(value)}, If: platform.Always})); err != nil {
			t.Fatal(err)
		}
		b.Clock.Pass(store.Grace + time.Millisecond)
		if err := b.sweep(b.Store); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := b.lately(); len(got) != 1 || got[0].Counts != (stats.Counts{Failing: 1}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
