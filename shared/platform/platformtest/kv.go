// Package platformtest holds the behaviour that every platform passes: a room
// runs it over its own store and queue.
package platformtest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// KV runs the contract of platform.KV. open makes an empty store for one test
// and sees to its end.
func KV(t *testing.T, open func(t *testing.T) platform.KV) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, platform.KV)
	}{
		{"get answers in the order of the keys", getInOrder},
		{"conditions", conditions},
		{"one writer wins", oneWriterWins},
		{"guarded writes follow the first", guarded},
		{"relaxed writes", relaxed},
		{"range", ranges},
		{"range pages under concurrent writes", rangePages},
		{"due items in order, sparse", due},
		{"an expired item is absent", expired},
		{"values come back as they were", values},
		{"values over the limit are refused", tooLarge},
		{"a cancelled context ends the call", cancelled},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func key(sort string) platform.Key { return platform.Key{Partition: "p", Sort: sort} }

func put(sort, value string, condition platform.Condition) platform.Write {
	return platform.Write{Item: platform.Item{Key: key(sort), Value: []byte(value)}, If: condition}
}

func mustWrite(t *testing.T, kv platform.KV, writes ...platform.Write) {
	t.Helper()
	for len(writes) > 0 {
		n := min(len(writes), 100)
		if err := platform.First(kv.Write(t.Context(), writes[:n]...)); err != nil {
			t.Fatalf("write: %v", err)
		}
		writes = writes[n:]
	}
}

func mustGet(t *testing.T, kv platform.KV, sort string) platform.Item {
	t.Helper()
	items, err := kv.Get(t.Context(), key(sort))
	if err != nil || len(items) != 1 {
		t.Fatalf("get %s: %d items, %v", sort, len(items), err)
	}
	return items[0]
}

func getInOrder(t *testing.T, kv platform.KV) {
	elsewhere := func(sort string) platform.Key { return platform.Key{Partition: "q", Sort: sort} }
	mustWrite(t, kv, put("a", "1", platform.Absent), put("c", "3", platform.Absent),
		platform.Write{Item: platform.Item{Key: elsewhere("c"), Value: []byte("4")}, If: platform.Absent})
	items, err := kv.Get(t.Context(), key("c"), key("b"), elsewhere("a"), elsewhere("c"), key("a"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range items {
		got = append(got, fmt.Sprintf("%s/%s=%s@%d", item.Partition, item.Sort, item.Value, item.Version))
	}
	want := []string{"p/c=3@1", "p/b=@0", "q/a=@0", "q/c=4@1", "p/a=1@1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func conditions(t *testing.T, kv platform.KV) {
	remove := func(sort string, condition platform.Condition) platform.Write {
		return platform.Write{Item: platform.Item{Key: key(sort)}, If: condition, Delete: true}
	}
	for _, step := range []struct {
		what    string
		write   platform.Write
		want    error
		value   string
		version int64
	}{
		{"version of an absent item", put("a", "x", platform.AtVersion(1)), platform.ErrConflict, "", 0},
		{"absent", put("a", "1", platform.Absent), nil, "1", 1},
		{"absent again", put("a", "x", platform.Absent), platform.ErrConflict, "1", 1},
		{"version 1", put("a", "2", platform.AtVersion(1)), nil, "2", 2},
		{"version 1 again", put("a", "x", platform.AtVersion(1)), platform.ErrConflict, "2", 2},
		{"always", put("a", "3", platform.Always), nil, "3", 3},
		{"delete a wrong version", remove("a", platform.AtVersion(2)), platform.ErrConflict, "3", 3},
		{"delete", remove("a", platform.AtVersion(3)), nil, "", 0},
		{"delete what is absent", remove("a", platform.Always), nil, "", 0},
		{"delete a version of what is absent", remove("a", platform.AtVersion(3)), platform.ErrConflict, "", 0},
		{"always makes it", put("a", "4", platform.Always), nil, "4", 1},
	} {
		if errs := kv.Write(t.Context(), step.write); len(errs) != 1 || errs[0] != step.want {
			t.Fatalf("%s: got %v, want %v", step.what, errs, step.want)
		}
		if got := mustGet(t, kv, "a"); string(got.Value) != step.value || got.Version != step.version {
			t.Fatalf("%s: item is %q at %d, want %q at %d", step.what, got.Value, got.Version, step.value, step.version)
		}
	}
}

func oneWriterWins(t *testing.T, kv platform.KV) {
	for round := range int64(5) {
		condition := platform.Condition(round) // Absent, then each version
		var wins sync.Map
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				if kv.Write(t.Context(), put("a", fmt.Sprint(i), condition))[0] == nil {
					wins.Store(i, true)
				}
			})
		}
		all.Wait()
		n := 0
		wins.Range(func(winner, _ any) bool {
			n++
			if got := mustGet(t, kv, "a"); string(got.Value) != fmt.Sprint(winner) {
				t.Errorf("round %d: %v won, %s is stored", round, winner, got.Value)
			}
			return true
		})
		if n != 1 {
			t.Errorf("round %d: %d writers won", round, n)
		}
	}
}

func guarded(t *testing.T, kv platform.KV) {
	second := put("b", "1", platform.Absent)
	second.Guarded = true
	taken := put("c", "x", platform.Absent)
	taken.Guarded = true
	mustWrite(t, kv, put("c", "1", platform.Always))
	if errs := kv.Write(t.Context(), put("a", "1", platform.Absent), second, taken, put("d", "1", platform.Absent)); !slices.Equal(errs, []error{nil, nil, platform.ErrConflict, nil}) {
		t.Fatalf("first call: %v", errs)
	}
	third := put("e", "1", platform.Absent)
	third.Guarded = true
	if errs := kv.Write(t.Context(), put("a", "2", platform.Absent), third, put("f", "1", platform.Absent)); !slices.Equal(errs, []error{platform.ErrConflict, platform.ErrSkipped, nil}) {
		t.Fatalf("second call: %v", errs)
	}
	if got := mustGet(t, kv, "e"); got.Version != 0 {
		t.Error("a guarded write was done although the first was not")
	}
	if got := mustGet(t, kv, "f"); got.Version != 1 {
		t.Error("a write that was not guarded was not done")
	}
}

func sorts(items []platform.Item) string {
	var b strings.Builder
	for _, item := range items {
		b.WriteString(item.Sort + " ")
	}
	return strings.TrimSpace(b.String())
}

func ranges(t *testing.T, kv platform.KV) {
	for _, sort := range []string{"b", "a", "é", "a/1", "Z", "c"} {
		mustWrite(t, kv, put(sort, "v-"+sort, platform.Absent))
	}
	mustWrite(t, kv, platform.Write{Item: platform.Item{Key: platform.Key{Partition: "p2", Sort: "a"}}, If: platform.Absent})
	for _, test := range []struct {
		r    platform.Range
		want string
	}{
		{platform.Range{}, "Z a a/1 b c é"},
		{platform.Range{Descending: true}, "é c b a/1 a Z"},
		{platform.Range{From: "a", To: "c"}, "a a/1 b"},
		{platform.Range{From: "a", To: "c", Descending: true}, "b a/1 a"},
		{platform.Range{From: "a\x00"}, "a/1 b c é"},
		{platform.Range{Limit: 2}, "Z a"},
		{platform.Range{To: "b", Limit: 2, Descending: true}, "a/1 a"},
		{platform.Range{From: "x", To: "y"}, ""},
	} {
		test.r.Partition = "p"
		if test.r.Limit == 0 {
			test.r.Limit = 100
		}
		items, err := kv.Range(t.Context(), test.r)
		if got := sorts(items); err != nil || got != test.want {
			t.Errorf("%+v: got %q (%v), want %q", test.r, got, err, test.want)
		}
		for _, item := range items {
			if string(item.Value) != "v-"+item.Sort || item.Version != 1 || item.Partition != "p" {
				t.Errorf("%+v: item %+v is not as written", test.r, item)
			}
		}
	}
}

func rangePages(t *testing.T, kv platform.KV) {
	const n = 150
	var writes []platform.Write
	for i := range n {
		writes = append(writes, put(fmt.Sprintf("%03d", i), "v", platform.Absent))
	}
	mustWrite(t, kv, writes...)
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			kv.Write(ctx, put(fmt.Sprintf("%03d", i%n), "w", platform.Always))
		}
	})
	var seen []string
	for from := ""; ; {
		items, err := kv.Range(t.Context(), platform.Range{Partition: "p", From: from, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range items {
			seen = append(seen, item.Sort)
		}
		if len(items) < 7 {
			break
		}
		from = items[6].Sort + "\x00"
	}
	stop()
	writer.Wait()
	if len(seen) != n || !slices.IsSorted(seen) {
		t.Errorf("paging saw %d items, sorted %v", len(seen), slices.IsSorted(seen))
	}
}

func due(t *testing.T, kv platform.KV) {
	base := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(sort string, offset time.Duration, condition platform.Condition) platform.Write {
		w := put(sort, "v", condition)
		w.Item.Due = base.Add(offset)
		return w
	}
	mustWrite(t, kv, at("late", time.Hour, platform.Absent), at("second", 2*time.Millisecond, platform.Absent),
		at("first", time.Millisecond, platform.Absent), put("never", "v", platform.Absent), at("moved", -time.Hour, platform.Absent), at("ended", -time.Hour, platform.Absent))
	mustWrite(t, kv, at("moved", 3*time.Millisecond, platform.AtVersion(1)), put("ended", "v", platform.AtVersion(1)))
	if got := mustGet(t, kv, "moved").Due; !got.Equal(base.Add(3 * time.Millisecond)) {
		t.Errorf("due time came back as %v", got)
	}
	for _, test := range []struct {
		from, until time.Duration
		limit       int
		want        []string
	}{
		{-time.Hour, 0, 10, nil}, {-time.Hour, time.Millisecond, 10, []string{"first"}},
		{-time.Hour, time.Minute, 10, []string{"first", "second", "moved"}}, {-time.Hour, 2 * time.Hour, 2, []string{"first", "second"}},
		{2 * time.Millisecond, 2 * time.Hour, 10, []string{"second", "moved", "late"}}, {time.Hour, time.Hour, 10, []string{"late"}}, {2 * time.Hour, 3 * time.Hour, 10, nil},
	} {
		keys, err := kv.Due(t.Context(), base.Add(test.from), base.Add(test.until), test.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range keys {
			got = append(got, k.Sort)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("due from %v until %v, at most %d: got %v, want %v", test.from, test.until, test.limit, got, test.want)
		}
	}
}

func expired(t *testing.T, kv platform.KV) {
	old := put("a", "old", platform.Absent)
	old.Item.Expires = time.Now().Add(-time.Minute)
	old.Item.Due = time.Now().Add(-time.Minute)
	mustWrite(t, kv, old)
	if got := mustGet(t, kv, "a"); got.Version != 0 {
		t.Errorf("get sees an expired item: %+v", got)
	}
	if items, err := kv.Range(t.Context(), platform.Range{Partition: "p", Limit: 10}); err != nil || len(items) != 0 {
		t.Errorf("range sees an expired item: %v %v", items, err)
	}
	if keys, err := kv.Due(t.Context(), time.Time{}, time.Now(), 10); err != nil || len(keys) != 0 {
		t.Errorf("due sees an expired item: %v %v", keys, err)
	}
	if err := kv.Write(t.Context(), put("a", "x", platform.AtVersion(1)))[0]; err != platform.ErrConflict {
		t.Errorf("an expired item could be changed: %v", err)
	}
	fresh := put("a", "new", platform.Absent)
	fresh.Item.Expires = time.Now().Add(time.Hour)
	mustWrite(t, kv, fresh)
	both, err := kv.Get(t.Context(), key("a"), key("b"))
	if err != nil || len(both) != 2 || both[1].Version != 0 {
		t.Fatalf("get of two: %+v, %v", both, err)
	}
	got := mustGet(t, kv, "a")
	if !both[0].Expires.Equal(got.Expires) || string(both[0].Value) != "new" {
		t.Errorf("of two it is %+v", both[0])
	}
	if string(got.Value) != "new" || got.Version != 1 || got.Expires.Unix() != fresh.Item.Expires.Unix() {
		t.Errorf("after an expired item: %+v", got)
	}
}

func values(t *testing.T, kv platform.KV) {
	large := bytes.Repeat([]byte{0, 1, 0xff, '"'}, 64*1024)
	all := map[string][]byte{
		"empty": {}, "nil": nil, "large": large, "a b?#%é☃/": []byte("x"), strings.Repeat("k", 1000): []byte("y"), "\"<&>\\\u2028'": []byte("z"),
	}
	var keys []platform.Key
	for sort, value := range all {
		keys = append(keys, key(sort))
		mustWrite(t, kv, platform.Write{Item: platform.Item{Key: key(sort), Value: value}, If: platform.Absent})
		if got := mustGet(t, kv, sort); !bytes.Equal(got.Value, value) || got.Version != 1 {
			t.Errorf("%.20q: %d bytes came back as %d", sort, len(value), len(got.Value))
		}
	}
	items, err := kv.Get(t.Context(), keys...)
	if err != nil {
		t.Fatal(err)
	}
	for i, item := range items {
		if item.Key != keys[i] || !bytes.Equal(item.Value, all[item.Sort]) || item.Version != 1 {
			t.Errorf("together: %.20q has %d bytes", item.Sort, len(item.Value))
		}
	}
}

func cancelled(t *testing.T, kv platform.KV) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := kv.Get(ctx, key("a")); err == nil {
		t.Error("get went on")
	}
	if _, err := kv.Range(ctx, platform.Range{Partition: "p", Limit: 1}); err == nil {
		t.Error("range went on")
	}
}
