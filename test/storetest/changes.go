package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// ChangeAtOnce has so many processes create triggers of the registry default and delete
// every second one, all at once, in a store that takes 6 ms longer for a call. It fails
// unless every change succeeds, numbers are used once, and nothing is left over.
func ChangeAtOnce(t *testing.T, b *Bench, writers, creations int) {
	t.Helper()
	const latency = 6 * time.Millisecond
	kv := Hooked{KV: b.KV, Before: func(string, ...string) { time.Sleep(latency) }}
	next := make(chan int)
	numbers := make(chan shipbell.ID, creations)
	var all sync.WaitGroup
	for range writers {
		process := store.New(store.Options{KV: kv, Sealer: b.Sealer, Now: time.Now, Retention: Retention})
		all.Go(func() {
			for n := range next {
				created, err := process.CreateTrigger(t.Context(), Trigger(fmt.Sprint("t", n)))
				if err != nil {
					t.Errorf("create: %v", err)
					continue
				}
				numbers <- created.ID
				if n%2 == 1 {
					if err := process.DeleteTrigger(t.Context(), "default", created.ID); err != nil {
						t.Errorf("delete: %v", err)
					}
				}
			}
		})
	}
	for n := range creations {
		next <- n
	}
	close(next)
	all.Wait()
	close(numbers)
	used := map[shipbell.ID]bool{}
	for id := range numbers {
		if used[id] {
			t.Errorf("number %d was used twice", id)
		}
		used[id] = true
	}
	for partition, want := range map[string]int{"trigger/default": creations / 2, "trigger-name/default": creations / 2, "changing": 0} {
		items, err := platform.NewItems(b.KV).Range(t.Context(), platform.Range{Partition: partition})
		if err != nil || len(items) != want {
			t.Errorf("%d items in %s, want %d (%v)", len(items), partition, want, err)
		}
	}
}
