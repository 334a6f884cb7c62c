package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

func TestNewest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var one, both []shipbell.DeliveryID
	for i := range 130 {
		b.Clock.Pass(time.Second)
		id := shipbell.ID(1 + i%2)
		d := b.Receive(fmt.Sprint(i), id, 1)[0]
		both = append(both, d.ID)
		if id == 1 {
			one = append(one, d.ID)
		}
		b.Receive(fmt.Sprint("other", i), 3, 1)
	}
	slices.Reverse(one)
	slices.Reverse(both)
	for _, test := range []struct {
		of            []shipbell.ID
		offset, limit int
		want          []shipbell.DeliveryID
		total         int
	}{
		{[]shipbell.ID{1}, 0, 20, one[:20], 65},
		{[]shipbell.ID{1}, 60, 20, one[60:], 65},
		{[]shipbell.ID{1}, 65, 20, []shipbell.DeliveryID{}, 65},
		{[]shipbell.ID{1}, 1 << 60, 1 << 60, []shipbell.DeliveryID{}, 65},
		{[]shipbell.ID{1}, 5, 0, []shipbell.DeliveryID{}, 65},
		{[]shipbell.ID{1, 2}, 10, 1 << 60, both[10:], 130},
		{[]shipbell.ID{2, 1}, 0, 3, both[:3], 130},
		{[]shipbell.ID{4}, 0, 20, []shipbell.DeliveryID{}, 0},
		{nil, 0, 20, []shipbell.DeliveryID{}, 0},
	} {
		found, total, err := b.Newest(t.Context(), "default", test.of, test.offset, test.limit)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, ids(found)); diff != "" || total != test.total {
			t.Errorf("triggers %v from %d: %d in all, want %d (-want +got):\n%s", test.of, test.offset, total, test.total, diff)
		}
	}
}

// TestNewestIsBounded has more deliveries than are counted, of two triggers.
func TestNewestIsBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	count := func(id shipbell.ID, n int, begin time.Time) (newest shipbell.DeliveryID) {
		var writes []platform.Write
		for i := range n {
			newest = shipbell.NewDeliveryID(begin.Add(time.Duration(i)*time.Millisecond), "default", fmt.Sprint(i), id, "https://a/")
			writes = append(writes, platform.Write{If: platform.Always, Item: platform.Item{
				Key: platform.Key{Partition: fmt.Sprintf("trigger-delivery/default/%d", id), Sort: string(newest)},
			}})
		}
		if err := platform.First(platform.NewItems(b.KV).Write(t.Context(), writes...)); err != nil {
			t.Fatal(err)
		}
		return newest
	}
	now := b.Clock.Now()
	count(1, store.MaxNewest+500, now)
	b.Clock.Pass(time.Minute)
	d := b.Receive("newest", 2, 1)[0]
	for _, of := range [][]shipbell.ID{{1}, {1, 2}, {2, 1}} {
		found, total, err := b.Newest(t.Context(), "default", of, 0, 1)
		if err != nil || total != store.MaxNewest {
			t.Errorf("triggers %v: %d in all, %v, want %d", of, total, err, store.MaxNewest)
		}
		if len(of) == 2 && (len(found) != 1 || found[0].ID != d.ID) {
			t.Errorf("triggers %v: found %v, want %s", of, ids(found), d.ID)
		}
	}
}

func TestChangeTrigger(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := b.Create(storetest.Trigger("one"))
	same, err := b.ChangeTrigger(t.Context(), old, old)
	if err != nil || same.Version != old.Version {
		t.Errorf("nothing changed, but it is version %d now, %v", same.Version, err)
	}
	waiting := b.Receive("event", old.ID, 1)[0]
	changed := old
	changed.Enabled = false
	if changed, err = b.ChangeTrigger(t.Context(), old, changed); err != nil || changed.Version != 2 {
		t.Fatalf("version %d, %v", changed.Version, err)
	}
	reason := func(d shipbell.Delivery) string {
		d, err := b.Delivery(t.Context(), "default", d.ID)
		if err != nil {
			t.Fatal(err)
		}
		return string(d.Status) + ": " + d.Reason.String()
	}
	if got := reason(waiting); got != "cancelled: the trigger is disabled" {
		t.Errorf("what waited is %s", got)
	}
	if _, err := b.ChangeTrigger(t.Context(), changed, old); shipbell.KindOf(err) != shipbell.Stale {
		t.Errorf("a change of another version: %v", err)
	}
	waiting = b.Receive("event 2", old.ID, 1)[0]
	if err := b.RemoveTrigger(t.Context(), "default", old.ID); err != nil {
		t.Fatal(err)
	}
	if got := reason(waiting); got != "cancelled: the trigger was deleted" {
		t.Errorf("what waited is %s", got)
	}
	if err := b.RemoveTrigger(t.Context(), "default", old.ID); shipbell.KindOf(err) != shipbell.NotFound {
		t.Errorf("removed again: %v", err)
	}
}

func TestNewestOf(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := map[shipbell.ID]shipbell.DeliveryID{}
	ids := []shipbell.ID{99}
	for id := shipbell.ID(1); id <= 20; id++ {
		for _, event := range []string{"older", "newer"} {
			want[id] = b.Receive(fmt.Sprint(event, id), id, 1)[0].ID
			b.Clock.Pass(time.Second)
		}
		ids = append(ids, id)
	}
	b.AddRegistry("other")
	for _, test := range []struct {
		registry string
		want     map[shipbell.ID]shipbell.DeliveryID
	}{{"default", want}, {"other", map[shipbell.ID]shipbell.DeliveryID{}}} {
		newest, err := b.NewestOf(t.Context(), test.registry, 1, ids...)
		if err != nil {
			t.Fatal(err)
		}
		got := map[shipbell.ID]shipbell.DeliveryID{}
		for _, d := range newest {
			got[d.TriggerID] = d.ID
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("the newest of %s (-want +got):\n%s", test.registry, diff)
		}
	}
}
