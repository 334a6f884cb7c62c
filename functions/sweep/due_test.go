package sweep_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// TestAttemptUnderWay sweeps while an attempt is under way of a delivery that was due before
// it: the outcome can still be recorded, also where the due time stays what it was.
func TestAttemptUnderWay(t *testing.T) {
	t.Parallel()
	for _, metered := range []bool{false, true} {
		inBubble(t, func(t *testing.T, b *bench) {
			deps := b.deps
			deps.FewWrites = metered
			deps.Store = store.New(store.Options{
				KV: b.kv, Sealer: plainSealer{}, Now: b.now, Retention: 24 * time.Hour, MaxDelay: b.queue.MaxDelay(), Metered: metered,
			})
			d := b.accept(1)[0] // without a checkpoint it has a due time, a minute ahead
			time.Sleep(store.Grace)
			if !d.Claim(b.now(), b.now().Add(30*time.Second), nil) {
				t.Fatal("not claimed")
			}
			if saved, err := deps.Store.Save(t.Context(), &d); err != nil || !saved {
				t.Fatal(saved, err)
			}
			if stays := !d.Due.After(b.now()); stays != metered {
				t.Errorf("metered %t: it is due at %v, claimed at %v", metered, d.Due, b.now())
			}
			time.Sleep(10 * time.Second)
			if err := sweep.New(deps)(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.Record(b.now(), shipbell.Outcome{StatusCode: 200}, nil, 0.5)
			if saved, err := deps.Store.Save(t.Context(), &d); err != nil || !saved {
				t.Errorf("metered %t: the outcome was not saved: %v", metered, err)
			}
		})
	}
}
