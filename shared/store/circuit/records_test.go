package circuit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// TestRecords stores, reads, lists and closes circuits.
func TestRecords(t *testing.T) {
	t.Parallel()
	b := storetest.New(t)
	ctx, records := t.Context(), circuit.NewRecords(b.Store.Items())
	now := b.Store.Now().UTC().Truncate(time.Second)
	key := circuit.Key{Registry: "default", Trigger: 7, Target: 2}
	if c, err := records.Get(ctx, key); err != nil || !cmp.Equal(c, circuit.Circuit{}) {
		t.Fatalf("without a record: %+v, %v", c, err)
	}
	opened := circuit.Circuit{}.Opened(now, text.New(text.TimeoutTotal, 15*time.Second))
	other := opened
	if saved, err := records.Put(ctx, key, &opened); !saved || err != nil || opened.Version != 1 {
		t.Fatalf("saved %t, %v, version %d", saved, err, opened.Version)
	}
	if saved, err := records.Put(ctx, key, &other); saved || err != nil {
		t.Errorf("a second process opened it too: %t, %v", saved, err)
	}
	if c, err := records.Get(ctx, key); err != nil || !cmp.Equal(c, opened) {
		t.Errorf("read %+v, %v", c, err)
	}
	for _, not := range []circuit.Key{{Registry: "other", Trigger: 7, Target: key.Target}, {Registry: "default", Trigger: 8, Target: key.Target}} {
		if c, err := records.Get(ctx, not); err != nil || c.Version != 0 {
			t.Errorf("%+v has the circuit: %+v, %v", not, c, err)
		}
	}

	// A record that cannot be decoded counts as closed, is not listed, and gives way.
	bad := circuit.Key{Registry: "default", Trigger: 3, Target: 1}
	broken := platform.Item{Key: platform.Key{Partition: "circuit/default", Sort: "0000000003/1"}, Value: []byte(`{"opened_at":`)}
	if err := b.Store.Items().Write(ctx, platform.Write{Item: broken, If: platform.Absent})[0]; err != nil {
		t.Fatal(err)
	}
	c, err := records.Get(ctx, bad)
	if err != nil || !c.Unreadable || c.State(now) != circuit.Closed {
		t.Errorf("an unreadable record: %+v, %v", c, err)
	}
	list, err := records.List(ctx, "default", 10)
	if want := []circuit.Kept{{Key: key, Circuit: opened}}; err != nil || !cmp.Equal(list, want) {
		t.Errorf("listed %+v, %v, want %+v", list, err, want)
	}
	c = c.Opened(now, text.Literal("why"))
	if saved, err := records.Put(ctx, bad, &c); !saved || err != nil {
		t.Errorf("an unreadable record stays: %t, %v", saved, err)
	}
	for _, k := range []circuit.Key{key, bad, key} {
		if err := records.Close(ctx, k); err != nil {
			t.Error(err)
		}
	}
	if list, err := records.List(ctx, "default", 10); err != nil || len(list) > 0 {
		t.Errorf("after closing: %+v, %v", list, err)
	}
}
