package sweep_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// TestFewWrites wakes what has just come due without a write and only once in a minute. What
// is still due after two looks of the clouds' timer, or is behind many others, is stored
// before it is woken, so that nothing is out of sight.
func TestFewWrites(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		all := b.accept(2000) // without a checkpoint each has a due time, a minute ahead
		time.Sleep(store.Grace)
		deps := b.deps
		deps.FewWrites = true
		again := sweep.New(deps)
		look := func() map[shipbell.DeliveryID]int {
			t.Helper()
			if err := again(t.Context()); err != nil {
				t.Fatal(err)
			}
			count := map[shipbell.DeliveryID]int{}
			for _, m := range b.queue.take() {
				count[m.ID]++
			}
			return count
		}
		stored := func() (n int) {
			for _, d := range all {
				if read, err := b.store.Delivery(t.Context(), "default", d.ID); err != nil || read.Version > 1 {
					n++
				}
			}
			return n
		}
		if woken := look(); len(woken) != len(all) {
			t.Errorf("%d of %d are woken", len(woken), len(all))
		}
		if n := stored(); n < 1100 || n > 1250 {
			t.Errorf("%d are stored, want those behind the first 800 or so", n)
		}
		time.Sleep(time.Second)
		if woken := look(); len(woken) != 0 {
			t.Errorf("%d are woken again at once", len(woken))
		}
		time.Sleep(2 * store.Grace)
		for id, n := range look() {
			if n != 1 {
				t.Errorf("%s is woken %d times", id, n)
			}
		}
		if n := stored(); n != len(all) {
			t.Errorf("%d of %d are stored when they are woken again", n, len(all))
		}
	})
}
