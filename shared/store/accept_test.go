package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/storetest"
)

func ids(deliveries []shipbell.Delivery) []shipbell.DeliveryID {
	all := make([]shipbell.DeliveryID, len(deliveries))
	for i := range deliveries {
		all[i] = deliveries[i].ID
	}
	return all
}

// there lists the ids of a registry's stored deliveries, the oldest first.
func (b *bench) there(partition string) []shipbell.DeliveryID {
	b.T.Helper()
	all := []shipbell.DeliveryID{}
	for row, err := range platform.NewItems(b.KV).Each(b.T.Context(), platform.Range{Partition: partition}) {
		if err != nil {
			b.T.Fatal(err)
		}
		all = append(all, shipbell.DeliveryID(row.Sort))
	}
	return all
}

func TestAcceptAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.Receive("event", 1, 3)
	if len(first) != 3 || first[0].Version != 1 {
		t.Fatalf("made %+v", first)
	}
	for name, test := range map[string]struct {
		wait    time.Duration
		targets int
	}{
		"at once":                          {0, 3},
		"hours later":                      {5 * time.Hour, 3},
		"with targets that were added":     {0, 7},
		"when some targets were taken out": {0, 2},
	} {
		b.Clock.Pass(test.wait)
		all, created, err := storetest.Accept(t.Context(), b.Over(b.KV), "default", storetest.Event("event"), storetest.Fires(1, test.targets))
		if err != nil || len(created) != 0 {
			t.Errorf("%s: %d were made, %v", name, len(created), err)
		}
		if diff := cmp.Diff(ids(first)[:min(3, test.targets)], ids(all)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if all, created, err := storetest.Accept(t.Context(), b.Store, "default", storetest.Event("event"), storetest.Fires(2, 2)); err != nil || len(all)+len(created) != 0 {
		t.Errorf("for a trigger made since: %d, %v", len(all), err)
	}
	b.AddRegistry("other")
	elsewhere, _, err := storetest.Accept(t.Context(), b.Store, "other", storetest.Event("event"), storetest.Fires(1, 3))
	if err != nil || len(elsewhere) != 3 || slices.Contains(ids(first), elsewhere[0].ID) {
		t.Errorf("the same event of another registry: %v, %v", ids(elsewhere), err)
	}

	b.Clock.Pass(storetest.Retention)
	all := b.Receive("event", 1, 3)
	if slices.Contains(ids(first), all[0].ID) || len(b.there("delivery/default")) != 3 {
		t.Errorf("after the retention: %v, stored %v", ids(all), b.there("delivery/default"))
	}
}

func TestAcceptAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var mu sync.Mutex
	made16 := map[shipbell.DeliveryID]int{}
	answers := make([][]shipbell.DeliveryID, 16)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			given, created, err := storetest.Accept(t.Context(), b.Over(b.KV), "default", storetest.Event("event"), storetest.Fires(1, 60))
			if err != nil {
				t.Error(err)
			}
			answers[i] = ids(given)
			mu.Lock()
			defer mu.Unlock()
			for _, d := range created {
				made16[d.ID]++
			}
		})
		b.Clock.Pass(time.Millisecond)
	}
	all.Wait()
	for _, answer := range answers {
		if diff := cmp.Diff(answers[0], answer); diff != "" {
			t.Fatalf("answers differ:\n%s", diff)
		}
	}
	for _, id := range answers[0] {
		if made16[id] != 1 {
			t.Errorf("delivery %s was made %d times", id, made16[id])
		}
	}
}

// TestAcceptCutShort ends the process in each of its writes, with each part of
// the write done, and sends the event again much later.
func TestAcceptCutShort(t *testing.T) {
	t.Parallel()
	const targets = 130 // a write of the list of their ids, and three
	for at := 1; at <= 4; at++ {
		for _, done := range []int{0, 1, 2, 3, 50, 99, 100} {
			t.Run(fmt.Sprintf("in write %d after %d", at, done), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				_, _, err := storetest.Accept(t.Context(), b.Over(&storetest.Cut{KV: b.KV, At: at, Done: done}), "default", storetest.Event("event"), storetest.Fires(1, targets))
				kindOf(t, err, shipbell.Unavailable)
				before := b.there("delivery/default")
				b.Clock.Pass(3 * time.Hour)

				all, created, err := storetest.Accept(t.Context(), b.Store, "default", storetest.Event("event"), storetest.Fires(1, targets))
				if err != nil || len(all) != targets || len(created) != targets-len(before) {
					t.Fatalf("%d deliveries, %d made, %d were there, %v", len(all), len(created), len(before), err)
				}
				want := ids(all)
				slices.Sort(want)
				if diff := cmp.Diff(want, b.there("delivery/default")); diff != "" {
					t.Errorf("stored (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want, b.there("trigger-delivery/default/1")); diff != "" {
					t.Errorf("listed for the trigger (-want +got):\n%s", diff)
				}
				// No scan is announced that would find them, so each has a due time.
				for _, d := range created {
					items, err := b.KV.Get(t.Context(), platform.Key{Partition: "delivery/default", Sort: string(d.ID)})
					if err != nil || items[0].Due.IsZero() {
						t.Fatalf("delivery %s is due at %v, %v", d.ID, items[0].Due, err)
					}
				}
			})
		}
	}
}
