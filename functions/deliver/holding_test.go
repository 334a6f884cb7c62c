package deliver_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// narrow is a store that takes 5 ms for a write and counts how many deliveries are stored,
// and how many at once.
type narrow struct {
	platform.KV
	mu             sync.Mutex
	now, most, all int
}

func (n *narrow) Write(ctx context.Context, writes ...platform.Write) []error {
	if strings.HasPrefix(writes[0].Item.Partition, "delivery/") {
		n.add(1)
		defer n.add(-1)
	}
	time.Sleep(5 * time.Millisecond)
	return n.KV.Write(ctx, writes...)
}

func (n *narrow) add(by int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now += by
	n.all += max(by, 0)
	n.most = max(n.most, n.now)
}

// take answers how many were stored since it was last called, and how many at once.
func (n *narrow) take() (all, most int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	all, most, n.all, n.most = n.all, n.most, 0, n.now
	return all, most
}

// TestHoldsTakeTurns has a target die while many deliveries wait for it: they are held, one
// stored at a time in a tenth of the time, so that others have the store.
func TestHoldsTakeTurns(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		store := &narrow{KV: f.kv.KV}
		f.kv.KV = store
		f.kill("default", targetURL, timedOut())
		began := time.Now()
		var last shipbell.Delivery
		for range 200 {
			last = f.accept("default")[0]
		}
		time.Sleep(time.Until(began.Add(15*time.Second + 100*time.Millisecond))) // the first attempts time out and open the circuit
		store.take()
		time.Sleep(time.Second)
		if all, most := store.take(); most != 1 || all < 15 || all > 21 {
			t.Errorf("%d are stored in a second of 200 writes, %d at once, want 20, one at a time", all, most)
		}
		time.Sleep(10 * time.Second)
		if last = f.stored(last); !last.Held() {
			t.Errorf("the last delivery is %+v", last)
		}
	})
}

// TestResumedWhileHeld closes the circuit while deliveries wait for their turn to be held.
// From then on none is held.
func TestResumedWhileHeld(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		f.kv.KV = &narrow{KV: f.kv.KV}
		f.kill("default", targetURL, timedOut())
		began := time.Now()
		var all []shipbell.Delivery
		for range 100 {
			all = append(all, f.accept("default")[0])
		}
		time.Sleep(time.Until(began.Add(15*time.Second + 100*time.Millisecond))) // the first attempts time out and open the circuit
		held := func() (n int) {
			for _, d := range all {
				if now := f.stored(d); now.Held() {
					n++
				}
			}
			return n
		}
		f.heal("default", targetURL)
		if err := f.records.Close(t.Context(), keyOf(all[0])); err != nil {
			t.Fatal(err)
		}
		before := held()
		time.Sleep(8 * time.Second) // behind the wait of a first attempt that failed
		if after := held(); after > before+1 || before == 0 {
			t.Errorf("%d of %d deliveries are held though the target answers, %d when it was resumed", after, len(all), before)
		}
	})
}
