package deliver_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TestOwnWaits makes the attempts of triggers with waits of their own, to the end and again.
func TestOwnWaits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		retry shipbell.Retry
		want  []time.Duration
	}{
		"the server's": {nil, []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute}},
		"none":         {shipbell.Retry{"none"}, nil},
		"its own":      {shipbell.Retry{"2s", "1m"}, []time.Duration{2 * time.Second, time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				b.trigger.Retry = test.retry
				var err error
				if b.trigger, err = b.store.ReplaceTrigger(t.Context(), b.trigger); err != nil {
					t.Fatal(err)
				}
				b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
					return shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}
				}
				handle := deliver.New(b.deps).Message
				d := b.accept()[0]
				for round := range 2 {
					var waits []time.Duration
					for {
						began := time.Now()
						if err := handle(t.Context(), b.message(&d)); err != nil {
							t.Fatal(err)
						}
						if d = b.stored(d); d.Status != shipbell.Pending {
							break
						}
						waits = append(waits, d.NextAttemptAt.Sub(began))
						time.Sleep(time.Until(d.NextAttemptAt))
					}
					if diff := cmp.Diff(test.want, waits); diff != "" || d.Status != shipbell.Failed {
						t.Errorf("round %d: %s after waits (-want +got):\n%s", round+1, d.Status, diff)
					}
					if _, _, err := b.store.Redeliver(t.Context(), []shipbell.Delivery{d}); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}

// TestOwnWaitsWhileHeld has a target die for a trigger whose waits are shorter than the
// server's: its deliveries have their last attempt when those end.
func TestOwnWaitsWhileHeld(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		trigger, err := f.admin.Trigger(t.Context(), "default", 1)
		if err != nil {
			t.Fatal(err)
		}
		trigger.Retry = shipbell.Retry{"20s", "40s"}
		if _, err := f.admin.ReplaceTrigger(t.Context(), trigger); err != nil {
			t.Fatal(err)
		}
		f.kill("default", targetURL, timedOut())
		var all []shipbell.Delivery
		for range 20 {
			all = append(all, f.accept("default")...)
		}
		time.Sleep(10 * time.Minute)
		for _, d := range all {
			if d = f.stored(d); d.Status != shipbell.Failed || d.AttemptCount() == 0 || d.AttemptCount() > 3 {
				t.Errorf("afterwards: %s after %d attempts", d.Status, d.AttemptCount())
			}
		}
	})
}
