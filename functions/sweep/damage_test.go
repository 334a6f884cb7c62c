package sweep_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// damage makes the first byte of a record another.
func (b *bench) damage(partition, sort string) {
	b.t.Helper()
	key := platform.Key{Partition: partition, Sort: sort}
	items, err := b.kv.Get(b.t.Context(), key)
	if err != nil || items[0].Version == 0 {
		b.t.Fatalf("get %v: %v", key, err)
	}
	item := items[0]
	item.Value = append([]byte{0}, item.Value[1:]...)
	if err := b.kv.Write(b.t.Context(), platform.Write{Item: item, If: platform.Always})[0]; err != nil {
		b.t.Fatal(err)
	}
}

// TestSweepGoesOnBesideDamage has a delivery damaged that is due, one that was never
// attempted, and a registry: the others are woken, and no sweep fails.
func TestSweepGoesOnBesideDamage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		if _, _, err := b.store.PutRegistry(t.Context(), shipbell.Registry{ID: "aa", Host: "reg.example.com"}); err != nil {
			t.Fatal(err)
		}
		all := b.accept(4)
		due, damagedDue, orphan, damagedOrphan := all[0], all[1], all[2], all[3]
		if _, err := b.store.SaveAll(t.Context(), []shipbell.Delivery{due, damagedDue}, func(*shipbell.Delivery) time.Time { return time.Now() }); err != nil {
			t.Fatal(err)
		}
		b.damage("delivery/default", string(damagedDue.ID))
		b.damage("delivery/default", string(damagedOrphan.ID))
		b.damage("registry", "aa")
		b.expect("those that are due", due)
		for range 4 {
			time.Sleep(store.Grace / 2)
			b.sweep(b.deps)
		}
		got, err := b.store.Delivery(t.Context(), "default", orphan.ID)
		if err != nil || got.Version < 2 {
			t.Errorf("the orphan behind a damaged one was not woken: version %d, %v", got.Version, err)
		}
		records, err := b.store.SetAside(t.Context())
		if err != nil || len(records) != 3 {
			t.Errorf("set aside are %+v, %v", records, err)
		}
	})
}

// TestDamagedRegistryStillWakes finds the deliveries of a registry whose record cannot be
// read.
func TestDamagedRegistryStillWakes(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		d := b.accept(1)[0]
		b.damage("registry", "default")
		for range 4 {
			time.Sleep(store.Grace / 2)
			b.sweep(b.deps)
		}
		if got, err := b.store.Delivery(t.Context(), "default", d.ID); err != nil || got.Version < 2 {
			t.Errorf("it was not woken: version %d, %v", got.Version, err)
		}
	})
}

// failingRange fails to read one partition.
type failingRange struct {
	platform.KV
	partition string
}

func (f failingRange) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if r.Partition == f.partition {
		return nil, context.DeadlineExceeded
	}
	return f.KV.Range(ctx, r)
}

// TestOneRegistryFails scans the other registries when one cannot be read, and tells which
// one failed.
func TestOneRegistryFails(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		if _, _, err := b.store.PutRegistry(t.Context(), shipbell.Registry{ID: "aa", Host: "reg.example.com"}); err != nil {
			t.Fatal(err)
		}
		d := b.accept(1)[0]
		deps := b.deps
		deps.Store = b.over(failingRange{b.kv, "delivery/aa"})
		var err error
		for range 4 {
			time.Sleep(store.Grace / 2)
			err = sweep.New(deps)(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), "registry aa") {
			t.Errorf("the error is %v", err)
		}
		if got, err := b.store.Delivery(t.Context(), "default", d.ID); err != nil || got.Version < 2 {
			t.Errorf("the other registry's was not woken: version %d, %v", got.Version, err)
		}
	})
}
