package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// noneChanging fails if a change of a trigger has left its item.
func noneChanging(t *testing.T, kv platform.KV) {
	t.Helper()
	left, err := kv.Range(t.Context(), platform.Range{Partition: "changing", Limit: 1})
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// TestManyChangesAtOnce has many processes create and delete triggers of one registry, in
// a store that takes 6 ms for a call.
func TestManyChangesAtOnce(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := storetest.NewIn(t, dir)
		storetest.ChangeAtOnce(t, b, 64, 1000)
	})
}

// TestConflictLeavesNothing changes a trigger by a version that is not stored any more.
func TestConflictLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one := b.Create(storetest.Trigger("one"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			changed := one
			changed.Description = "changed"
			if _, err := b.Over(b.KV).ReplaceTrigger(t.Context(), changed); err != nil {
				kindOf(t, err, shipbell.Stale)
			}
		})
	}
	all.Wait()
	noneChanging(t, b.KV)
}

// TestChangeGoesOnWithoutItsCaller ends the caller's context once the change is stored.
func TestChangeGoesOnWithoutItsCaller(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one := b.Create(storetest.Trigger("one"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	writes := 0
	caller := b.Over(storetest.Hooked{KV: b.KV, Before: func(method string, _ ...string) {
		if method == "Write" {
			if writes++; writes == 2 {
				cancel()
			}
		}
	}})
	one.Enabled = false
	if _, err := caller.ReplaceTrigger(ctx, one); err != nil {
		t.Error(err)
	}
	noneChanging(t, b.KV)
}

// TestSettleChangesWaits leaves a change alone that may still be under way, by a clock
// that differs, and settles one of a clock that was wrong by an hour.
func TestSettleChangesWaits(t *testing.T) {
	t.Parallel()
	for began, settled := range map[time.Duration]bool{-59 * time.Second: false, -time.Minute: true, shipbell.MaxSkew: false, time.Hour: true} {
		t.Run(began.String(), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			one := b.Create(storetest.Trigger("one"))
			b.Clock.Pass(began)
			kindOf(t, b.Over(&storetest.Cut{KV: b.KV, At: 2}).DeleteTrigger(t.Context(), "default", one.ID), shipbell.Unavailable)
			b.Clock.Pass(-began)
			if err := b.SettleChanges(t.Context()); err != nil {
				t.Fatal(err)
			}
			left, err := b.KV.Range(t.Context(), platform.Range{Partition: "changing", Limit: 10})
			if err != nil || (len(left) == 0) != settled {
				t.Errorf("left %v, %v, want it settled: %t", left, err, settled)
			}
		})
	}
}

// TestRegistryIsDeletedMeanwhile deletes a registry while another process creates its
// first trigger: one of the two is refused, and no trigger is left without a registry.
func TestRegistryIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	for at := 1; at <= 12; at++ {
		t.Run(fmt.Sprint("before call ", at), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			calls := 0
			var deleteErr error
			creator := b.Over(storetest.Hooked{KV: b.KV, Before: func(string, ...string) {
				if calls++; calls == at {
					deleteErr = b.Over(b.KV).DeleteRegistry(t.Context(), "default")
				}
			}})
			_, createErr := creator.CreateTrigger(t.Context(), storetest.Trigger("one"))
			rows, err := b.KV.Range(t.Context(), platform.Range{Partition: "trigger/default", Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			_, err = b.Registry(t.Context(), "default")
			if len(rows) > 0 && err != nil || createErr == nil && deleteErr == nil && calls >= at {
				t.Errorf("%d triggers; create: %v, delete: %v, registry: %v", len(rows), createErr, deleteErr, err)
			}
		})
	}
}

// TestDeletionMeetsCreation lets a trigger be stored after the deletion of its registry
// has looked for triggers, and before it is marked.
func TestDeletionMeetsCreation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	created := false
	deleting := b.Over(storetest.Hooked{KV: b.KV, Before: func(method string, partitions ...string) {
		if method == "Write" && !created && slices.Equal(partitions, []string{"registry"}) {
			created = true
			b.Create(storetest.Trigger("one"))
		}
	}})
	kindOf(t, deleting.DeleteRegistry(t.Context(), "default"), shipbell.Conflict)
	if n := known(t, b.Over(b.KV)); n != 1 {
		t.Errorf("%d triggers after a deletion that was refused", n)
	}
}

// TestChangeOfAnOlderVersion changes a trigger as 0.1.0 does, which knows no revision
// but the version of the registry's record.
func TestChangeOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Create(storetest.Trigger("one"))
	if n := known(t, b.Store); n != 1 {
		t.Fatalf("before: %d", n)
	}
	records, err := b.KV.Get(t.Context(), platform.Key{Partition: "trigger/default", Sort: "0000000001"}, platform.Key{Partition: "registry", Sort: "default"})
	if err != nil {
		t.Fatal(err)
	}
	records[0].Value = []byte(strings.Replace(string(records[0].Value), `"enabled":true`, `"enabled":false`, 1))
	for _, record := range records {
		if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: record, If: platform.AtVersion(record.Version)})); err != nil {
			t.Fatal(err)
		}
	}
	b.Clock.Pass(time.Second)
	if n := known(t, b.Store); n != 0 {
		t.Error("the change is not in force after a second")
	}
}

// TestTokensComeFromTheSource proves that a store draws its tokens from the source that
// it is given.
func TestTokensComeFromTheSource(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	next := uint64(0x41)
	seeded := store.New(store.Options{KV: b.KV, Sealer: b.Sealer, Now: b.Clock.Now, Random: func() uint64 { next++; return next }})
	if _, err := seeded.CreateTrigger(t.Context(), storetest.Trigger("one")); err != nil {
		t.Fatal(err)
	}
	items, err := b.KV.Get(t.Context(), platform.Key{Partition: "revision", Sort: "default"})
	if want := "00000000000000440000000000000045"; err != nil || string(items[0].Value) != want {
		t.Errorf("the token is %q (%v), want %q", items[0].Value, err, want)
	}
}
