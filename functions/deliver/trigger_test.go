package deliver_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestAttemptReadsOneTrigger delivers in a process that knows nothing of the registry: of
// all its triggers it reads the delivery's, once for the attempts of a second.
func TestAttemptReadsOneTrigger(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		var mu sync.Mutex
		ranges, gets := 0, 0
		kv := storetest.Hooked{KV: b.kv, Before: func(method string, partitions ...string) {
			mu.Lock()
			defer mu.Unlock()
			if !slices.Contains(partitions, "trigger/default") {
				return
			}
			if method == "Range" {
				ranges++
			} else {
				gets++
			}
		}}
		b.deps.Store = store.New(store.Options{KV: kv, Sealer: plainSealer{}, Now: time.Now, Retention: 20 * time.Minute})
		handle := deliver.New(b.deps).Message
		for range 3 {
			for _, d := range b.accept() {
				if err := handle(t.Context(), b.message(&d)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(b.sent) != 6 || ranges != 0 || gets != 1 {
			t.Errorf("%d attempts read a trigger %d times and all of them %d times, want 6, 1 and 0", len(b.sent), gets, ranges)
		}
	})
}
