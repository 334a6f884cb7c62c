package platform_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
)

// bounded is a KV that refuses what a single call may not hold.
type bounded struct {
	platform.KV
	t *testing.T
}

func (b bounded) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	if len(keys) > 100 {
		b.t.Errorf("one Get of %d keys", len(keys))
	}
	return b.KV.Get(ctx, keys...)
}

func (b bounded) Write(ctx context.Context, writes ...platform.Write) []error {
	if len(writes) == 0 || len(writes) > 100 {
		b.t.Errorf("one Write of %d", len(writes))
	}
	return b.KV.Write(ctx, writes...)
}

func (b bounded) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if r.Limit < 1 || r.Limit > 1000 {
		b.t.Errorf("one Range of %d items", r.Limit)
	}
	return b.KV.Range(ctx, r)
}

func newItems(t *testing.T) platform.Items {
	t.Helper()
	kv, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kv.Close(); err != nil {
			t.Error(err)
		}
	})
	return platform.NewItems(bounded{kv, t})
}

func key(i int) platform.Key { return platform.Key{Partition: "p", Sort: fmt.Sprintf("%05d", i)} }

func TestItems(t *testing.T) {
	t.Parallel()
	items := newItems(t)
	const n = 2350
	writes, keys := make([]platform.Write, n), make([]platform.Key, n)
	for i := range n {
		keys[i] = key(i)
		writes[i] = platform.Write{Item: platform.Item{Key: keys[i]}, If: platform.Absent, Guarded: i > 0}
	}
	for i, err := range items.Write(t.Context(), writes...) {
		if err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
	found, err := items.Get(t.Context(), append(keys, key(n))...)
	if err != nil || len(found) != n+1 || found[n-1].Key != keys[n-1] || found[n-1].Version != 1 || found[n].Version != 0 {
		t.Errorf("%d items, %v", len(found), err)
	}
	for _, test := range []struct {
		r           platform.Range
		first, last int
	}{
		{platform.Range{}, 0, n - 1},
		{platform.Range{Descending: true}, n - 1, 0},
		{platform.Range{Limit: 2100}, 0, 2099},
		{platform.Range{Limit: 2100, Descending: true}, n - 1, n - 2100},
		{platform.Range{Limit: 5000, From: key(10).Sort, To: key(1500).Sort}, 10, 1499},
		{platform.Range{Limit: 3, Spread: true}, 0, 2},
	} {
		test.r.Partition = "p"
		got, err := items.Range(t.Context(), test.r)
		if err != nil {
			t.Fatal(err)
		}
		var want []platform.Key
		for i := test.first; ; {
			k := key(i)
			k.Spread = test.r.Spread
			want = append(want, k)
			if i == test.last {
				break
			}
			if test.r.Descending {
				i--
			} else {
				i++
			}
		}
		read := make([]platform.Key, len(got))
		for i := range got {
			read[i] = got[i].Key
		}
		if diff := cmp.Diff(want, read); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.r, diff)
		}
	}
}

// TestItemsGuard has the first of many writes fail: what it guards is not done, and the
// others are.
func TestItemsGuard(t *testing.T) {
	t.Parallel()
	items := newItems(t)
	writes := []platform.Write{{Item: platform.Item{Key: key(0)}, If: platform.AtVersion(7)}}
	for i := 1; i <= 250; i++ {
		writes = append(writes, platform.Write{Item: platform.Item{Key: key(i)}, If: platform.Absent, Guarded: i%2 == 0})
	}
	for i, err := range items.Write(t.Context(), writes...) {
		want := []error{platform.ErrSkipped, nil}[i%2]
		if i == 0 {
			want = platform.ErrConflict
		}
		if !errors.Is(err, want) {
			t.Errorf("write %d: %v, want %v", i, err, want)
		}
	}
	if found, err := items.Range(t.Context(), platform.Range{Partition: "p"}); err != nil || len(found) != 125 {
		t.Errorf("%d items, %v, want 125", len(found), err)
	}
	if errs := items.Write(t.Context()); errs != nil {
		t.Errorf("nothing to write: %v", errs)
	}
}
