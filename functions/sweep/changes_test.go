package sweep_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestSweepSettlesChanges ends a process between the deletion of a trigger and its
// coming into force in others.
func TestSweepSettlesChanges(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		one := storetest.Trigger("one")
		one, err := b.store.CreateTrigger(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		triggers := func() int {
			t.Helper()
			rules, err := b.store.Rules(t.Context(), "default")
			if err != nil {
				t.Fatal(err)
			}
			return len(rules.Set.Triggers())
		}
		if n := triggers(); n != 1 {
			t.Fatalf("before: %d triggers", n)
		}
		dying := b.over(&storetest.Cut{KV: b.kv, At: 2})
		if err := dying.DeleteTrigger(t.Context(), "default", one.ID); shipbell.KindOf(err) != shipbell.Unavailable {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		b.sweep(b.deps)
		time.Sleep(time.Second)
		if n := triggers(); n != 0 {
			t.Errorf("after a sweep: %d triggers", n)
		}
	})
}
