package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/store/rate"
)

// TurnsAtOnce has so many processes take turns at one target, all at once. It fails if two
// take the same turn, or one is left out.
func TurnsAtOnce(t *testing.T, kv platform.KV, processes, each int) {
	t.Helper()
	const perMinute = 20
	now, key := time.Now().UTC(), rate.Key{Registry: "default", Trigger: 1, Target: 1}
	var mu sync.Mutex
	var turns []time.Duration
	var all sync.WaitGroup
	for range processes {
		records := rate.NewRecords(platform.NewItems(kv))
		all.Go(func() {
			for taken := 0; taken < each; {
				limit, err := records.Get(t.Context(), key)
				if err != nil {
					t.Error(err)
					return
				}
				turn, after := limit.Take(now, perMinute)
				saved, err := records.Put(t.Context(), key, &after)
				if err != nil {
					t.Error(err)
					return
				}
				if saved {
					mu.Lock()
					turns = append(turns, turn.Sub(now))
					mu.Unlock()
					taken++
				}
			}
		})
	}
	all.Wait()
	slices.Sort(turns)
	for i, turn := range turns {
		if want := time.Duration(i) * time.Minute / perMinute; turn != want {
			t.Fatalf("turn %d of %d is after %v, want %v", i+1, len(turns), turn, want)
		}
	}
	if len(turns) != processes*each {
		t.Errorf("%d turns, want %d", len(turns), processes*each)
	}
}
