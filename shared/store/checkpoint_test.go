package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestNewDeliveryIsFound stores deliveries by clocks that differ from that of sweep: each
// is still to be scanned, or has a due time that sweep's clock reaches soon.
func TestNewDeliveryIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		ahead   time.Duration // of whoever stores, before sweep
		swept   bool
		covered bool
	}{
		{"sweep has never run", 0, false, false},
		{"clocks agree", 0, true, true},
		{"a little behind", -15 * time.Second, true, true},
		{"a little ahead", 15 * time.Second, true, true},
		{"behind by all that a scan waits", -2 * store.Grace, true, false},
		{"an hour behind", -time.Hour, true, false},
		{"an hour ahead", time.Hour, true, false},
		{"years ahead", 10_000 * time.Hour, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			sweeps := b.Clock.Now()
			if c.swept {
				if err := b.SetCheckpoint(t.Context(), "default", store.Checkpoint{}.Next(sweeps)); err != nil {
					t.Fatal(err)
				}
			}
			b.Clock.Pass(c.ahead)
			other := b.Over(b.KV)
			if _, err := other.Rules(t.Context(), "default"); err != nil {
				t.Fatal(err)
			}
			all, _, err := storetest.Accept(t.Context(), other, "default", storetest.Event("event"), storetest.Fires(1, 1))
			if err != nil {
				t.Fatal(err)
			}
			items, err := b.KV.Get(t.Context(), platform.Key{Partition: "delivery/default", Sort: string(all[0].ID)})
			if err != nil || items[0].Due.IsZero() != c.covered {
				t.Fatalf("it is due at %v, %v", items[0].Due, err)
			}
			if latest := sweeps.Add(10 * time.Minute); items[0].Due.After(latest) {
				t.Errorf("it is due at %v, long after %v", items[0].Due, sweeps)
			}
		})
	}
}

// TestCheckpointFrozen keeps no checkpoint beyond a freeze: the process cannot tell how
// far sweep has come meanwhile.
func TestCheckpointFrozen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.SetCheckpoint(t.Context(), "default", store.Checkpoint{}.Next(b.Clock.Now())); err != nil {
		t.Fatal(err)
	}
	b.Clock.Pass(time.Minute)
	d := b.Receive("event", 1, 1)[0]
	items, err := b.KV.Get(t.Context(), platform.Key{Partition: "delivery/default", Sort: string(d.ID)})
	if err != nil || items[0].Due.IsZero() {
		t.Errorf("a delivery was stored without a due time by a checkpoint of a minute ago: %v", err)
	}
}

func TestCheckpointMoves(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	first := store.Checkpoint{}.Next(noon)
	if want := shipbell.FirstDeliveryID(noon.Add(-store.Grace)); first.Scanned != "" || first.Announced != want || !first.At.Equal(noon) {
		t.Errorf("at first %+v", first)
	}
	if first.Ready(noon.Add(store.Grace/2-time.Second)) || !first.Ready(noon.Add(store.Grace/2)) {
		t.Error("a stretch may be scanned half of Grace after it was announced")
	}
	later := first.Next(noon.Add(store.Grace))
	if later.Scanned != first.Announced || later.Announced != shipbell.FirstDeliveryID(noon) {
		t.Errorf("a minute later %+v", later)
	}
	if later.Ahead(noon.Add(store.Grace-shipbell.MaxSkew)) || !later.Ahead(noon) {
		t.Error("a clock is ahead if it is by more than MaxSkew")
	}
	if back := later.Rewound(noon.Add(-time.Hour)); back.Announced != shipbell.FirstDeliveryID(noon.Add(-time.Hour-store.Grace)) || back.Scanned > back.Announced {
		t.Errorf("rewound %+v", back)
	}
	var old store.Checkpoint
	if err := json.Unmarshal([]byte(`"`+string(first.Announced)+`"`), &old); err != nil || old != (store.Checkpoint{Scanned: first.Announced, Announced: first.Announced}) {
		t.Errorf("of an older version: %+v, %v", old, err)
	}
}
