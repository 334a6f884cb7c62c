package platformtest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
)

// Damage makes what a store keeps beside the value of an item unreadable, past the store.
type Damage func(platform.Key)

// Damaged runs what the contract of platform.KV says of items that are damaged. open
// makes an empty store, and the means to damage its items.
func Damaged(t *testing.T, open func(t *testing.T) (platform.KV, Damage)) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, platform.KV, Damage)
	}{
		{"a damaged item fails no other in Get and Range", damagedIsRead},
		{"a damaged item is neither absent nor at a version", damagedConditions},
		{"a damaged item can be replaced as such", damagedIsReplaced},
		{"a damaged item stops none that are due", damagedAmongDue},
	} {
		t.Run(test.name, func(t *testing.T) {
			kv, damage := open(t)
			test.run(t, kv, damage)
		})
	}
}

// describe lists items by name; ! marks those that are damaged.
func describe(items []platform.Item) (names []string) {
	for _, item := range items {
		switch {
		case item.Damage != nil && item.Version == int64(platform.Damaged):
			names = append(names, "!"+item.Sort)
		case item.Damage == nil && item.Version == 0:
			names = append(names, "-"+item.Sort)
		case item.Damage == nil && item.Version == 1 && string(item.Value) == "v":
			names = append(names, item.Sort)
		default:
			names = append(names, "?"+item.Sort)
		}
	}
	return names
}

func damagedIsRead(t *testing.T, kv platform.KV, damage Damage) {
	mustWrite(t, kv, put("a", "v", platform.Absent), put("b", "v", platform.Absent), put("c", "v", platform.Absent))
	damage(key("b"))
	for _, test := range []struct {
		keys, want []string
	}{
		{[]string{"b"}, []string{"!b"}},
		{[]string{"a", "b", "none", "c"}, []string{"a", "!b", "-none", "c"}},
	} {
		var keys []platform.Key
		for _, sort := range test.keys {
			keys = append(keys, key(sort))
		}
		items, err := kv.Get(t.Context(), keys...)
		if diff := cmp.Diff(test.want, describe(items)); diff != "" || err != nil {
			t.Errorf("get of %v: %v (-want +got):\n%s", test.keys, err, diff)
		}
	}
	for _, test := range []struct {
		r    platform.Range
		want []string
	}{
		{platform.Range{Limit: 10}, []string{"a", "!b", "c"}},
		{platform.Range{Limit: 2, Descending: true}, []string{"c", "!b"}},
	} {
		test.r.Partition = "p"
		items, err := kv.Range(t.Context(), test.r)
		if diff := cmp.Diff(test.want, describe(items)); diff != "" || err != nil {
			t.Errorf("%+v: %v (-want +got):\n%s", test.r, err, diff)
		}
	}
}

func damagedConditions(t *testing.T, kv platform.KV, damage Damage) {
	mustWrite(t, kv, put("a", "v", platform.Absent))
	damage(key("a"))
	remove := put("a", "", platform.AtVersion(1))
	remove.Delete = true
	guarded := put("b", "v", platform.Absent)
	guarded.Guarded = true
	for _, writes := range [][]platform.Write{
		{put("a", "x", platform.Absent), guarded},
		{put("a", "x", platform.AtVersion(1)), guarded},
		{remove, guarded},
	} {
		if errs := kv.Write(t.Context(), writes...); !slices.Equal(errs, []error{platform.ErrConflict, platform.ErrSkipped}) {
			t.Errorf("condition %d: %v", writes[0].If, errs)
		}
	}
	items, err := kv.Get(t.Context(), key("a"), key("b"))
	if diff := cmp.Diff([]string{"!a", "-b"}, describe(items)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	// One that stands beside it in a call is done.
	if errs := kv.Write(t.Context(), put("c", "v", platform.Absent), put("a", "x", platform.Absent), put("d", "v", platform.Absent)); !slices.Equal(errs, []error{nil, platform.ErrConflict, nil}) {
		t.Errorf("together with others: %v", errs)
	}
}

func damagedIsReplaced(t *testing.T, kv platform.KV, damage Damage) {
	remove := func(sort string) platform.Write {
		return platform.Write{Item: platform.Item{Key: key(sort)}, If: platform.Damaged, Delete: true}
	}
	mustWrite(t, kv, put("a", "v", platform.Absent), put("b", "v", platform.Absent), put("c", "v", platform.Absent))
	for _, w := range []platform.Write{put("a", "x", platform.Damaged), remove("a"), put("none", "x", platform.Damaged), remove("none")} {
		if err := kv.Write(t.Context(), w)[0]; err != platform.ErrConflict {
			t.Errorf("%s is not damaged, and the write gave %v", w.Item.Sort, err)
		}
	}
	damage(key("a"))
	damage(key("b"))
	damage(key("c"))
	mustWrite(t, kv, put("a", "left", platform.Damaged), put("b", "new", platform.Always), remove("c"))
	for sort, value := range map[string]string{"a": "left", "b": "new"} {
		got := mustGet(t, kv, sort)
		if got.Damage != nil || string(got.Value) != value || got.Version < 1_000_000 {
			t.Errorf("%s is %q at version %d (%v)", sort, got.Value, got.Version, got.Damage)
		}
		mustWrite(t, kv, put(sort, "next", platform.AtVersion(got.Version)))
	}
	if items, err := kv.Range(t.Context(), platform.Range{Partition: "p", Limit: 10}); err != nil || sorts(items) != "a b" {
		t.Errorf("after one was deleted there are %q, %v", sorts(items), err)
	}
}

func damagedAmongDue(t *testing.T, kv platform.KV, damage Damage) {
	long := time.Now().Add(-time.Hour)
	for i, sort := range []string{"a", "b", "c"} {
		w := put(sort, "v", platform.Absent)
		w.Item.Due = long.Add(time.Duration(i) * time.Second)
		mustWrite(t, kv, w)
	}
	damage(key("a"))
	due := func() (names []string) {
		t.Helper()
		keys, err := kv.Due(t.Context(), time.Time{}, time.Now(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			names = append(names, k.Sort)
		}
		return names
	}
	if names := due(); !slices.Contains(names, "b") || !slices.Contains(names, "c") {
		t.Errorf("due are %q", names)
	}
	mustWrite(t, kv, put("a", "v", platform.Damaged))
	if diff := cmp.Diff([]string{"b", "c"}, due()); diff != "" {
		t.Errorf("once it has no due time (-want +got):\n%s", diff)
	}
}
