package deliver_test

import (
	"fmt"
	"testing"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestLargeEvent delivers an event of 1,000 resources whole; one of which a part is gone
// ends with a reason instead of being tried for ever.
func TestLargeEvent(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]bool{"kept": false, "gone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				e := storetest.Event("large")
				e.Resources = nil
				for i := range 1000 {
					e.Resources = append(e.Resources, shipbell.Resource{Tag: fmt.Sprint("v", i), Digest: fmt.Sprintf("sha256:%064d", i), URL: fmt.Sprintf("%0100d", i)})
				}
				rules, err := b.store.Rules(t.Context(), "default")
				if err != nil {
					t.Fatal(err)
				}
				_, made, err := storetest.Accept(t.Context(), b.store, "default", e, rules.Set.Matches)
				if err != nil || len(made) != 2 {
					t.Fatalf("%d made, %v", len(made), err)
				}
				var bodies int
				b.sender = func(d *shipbell.Delivery, _ shipbell.Target, _ int) shipbell.Outcome {
					if whole, ok := d.FullEvent(); !ok || len(whole.Resources) != 1000 {
						t.Errorf("the event has %d resources", len(whole.Resources))
					}
					bodies++
					return shipbell.Outcome{StatusCode: 200}
				}
				if gone {
					b.removeEvent("large")
				}
				if err := deliver.New(b.deps).Message(t.Context(), b.message(&made[0])); err != nil {
					t.Fatal(err)
				}
				got := b.stored(made[0])
				if want := map[bool]shipbell.Status{false: shipbell.Succeeded, true: shipbell.Cancelled}[gone]; got.Status != want || gone != (bodies == 0) {
					t.Errorf("it is %s after %d requests, want %s", got.Status, bodies, want)
				}
				if gone && (got.Reason.Code != text.CancelledEventExpired || got.AttemptCount() != 0) {
					t.Errorf("the reason is %q, after %d attempts", got.Reason, got.AttemptCount())
				}
			})
		})
	}
}

// removeEvent removes what is kept of an event.
func (b *bench) removeEvent(id string) {
	b.t.Helper()
	items, err := b.kv.Range(b.t.Context(), platform.Range{Partition: "event/default/" + id, Limit: 100})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, item := range items {
		if err := platform.First(b.kv.Write(b.t.Context(), platform.Write{Item: item, If: platform.Always, Delete: true})); err != nil {
			b.t.Fatal(err)
		}
	}
}
