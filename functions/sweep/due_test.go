package sweep_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// TestAttemptUnderWay comes across a delivery whose due time has passed while its attempt is
// under way: the outcome can still be recorded.
func TestAttemptUnderWay(t *testing.T) {
	t.Parallel()
	for _, fewWrites := range []bool{false, true} {
		inBubble(t, func(t *testing.T, b *bench) {
			d := b.accept(1)[0] // without a checkpoint it has a due time, a minute ahead
			time.Sleep(store.Grace)
			if !d.Claim(b.now(), b.now().Add(30*time.Second), nil) {
				t.Fatal("not claimed")
			}
			if saved, err := b.store.Save(t.Context(), &d); err != nil || !saved {
				t.Fatal(saved, err)
			}
			deps := b.deps
			deps.FewWrites = fewWrites
			time.Sleep(10 * time.Second)
			if err := sweep.New(deps)(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.Record(b.now(), shipbell.Outcome{StatusCode: 200}, nil, 0.5)
			if saved, err := b.store.Save(t.Context(), &d); err != nil || !saved {
				t.Errorf("with few writes %t, the outcome was not saved: %v", fewWrites, err)
			}
		})
	}
}
