package deliver_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
)

// hanging answers the first write of a delivery after the time that it is told.
type hanging struct {
	platform.KV
	wait time.Duration
}

func (h *hanging) Write(ctx context.Context, writes ...platform.Write) []error {
	errs := h.KV.Write(ctx, writes...)
	if slices.ContainsFunc(writes, func(w platform.Write) bool { return w.Item.Partition == "delivery/default" }) {
		time.Sleep(h.wait)
		h.wait = 0
	}
	return errs
}

// TestClaimThatHangs stores a claim so slowly that the request could outlast the lease:
// none is made, and the attempt is made later under its own number.
func TestClaimThatHangs(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		d := b.accept()[0]
		deps := b.deps
		deps.Store = store.New(store.Options{
			KV: &hanging{b.kv, 20 * time.Second}, Sealer: plainSealer{}, Now: time.Now, Retention: 20 * time.Minute, MaxDelay: b.queue.MaxDelay(),
		})
		deps.Circuits = circuit.NewRecords(deps.Store.Items())
		handle := deliver.New(deps).Message
		for _, want := range [][]string{nil, {"http://one/ 1"}} {
			if err := handle(t.Context(), b.message(&d)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, b.sent); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			time.Sleep(2 * time.Second)
		}
	})
}
