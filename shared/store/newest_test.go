package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/trigger"
)

func TestNewest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := map[trigger.ID]trigger.DeliveryID{}
	ids := []trigger.ID{99}
	for id := trigger.ID(1); id <= 20; id++ {
		for _, event := range []string{"older", "newer"} {
			want[id] = b.accept(fmt.Sprint(event, id), id, 1)[0].ID
			b.clock.pass(time.Second)
		}
		ids = append(ids, id)
	}
	b.registry("other")
	for _, test := range []struct {
		registry string
		want     map[trigger.ID]trigger.DeliveryID
	}{{"default", want}, {"other", map[trigger.ID]trigger.DeliveryID{}}} {
		newest, err := b.Newest(t.Context(), test.registry, ids...)
		if err != nil {
			t.Fatal(err)
		}
		got := map[trigger.ID]trigger.DeliveryID{}
		for id, d := range newest {
			got[id] = d.ID
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("the newest of %s (-want +got):\n%s", test.registry, diff)
		}
	}
}
