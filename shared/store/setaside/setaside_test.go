package setaside_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/setaside"
	"github.com/shipbell/shipbell/test/storetest"
)

// bench is a key-value store with records aside.
type bench struct {
	*storetest.Bench
	records *setaside.Records
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := storetest.New(t)
	return &bench{Bench: b, records: setaside.New(b.Items(), b.Clock.Now)}
}

// store writes a record and reads it back.
func (b *bench) store(partition, sort, value string, due time.Time) platform.Item {
	b.T.Helper()
	item := platform.Item{Key: platform.Key{Partition: partition, Sort: sort}, Value: []byte(value), Due: due}
	if err := platform.First(b.Items().Write(b.T.Context(), platform.Write{Item: item, If: platform.Always})); err != nil {
		b.T.Fatal(err)
	}
	return b.read(item.Key)
}

func (b *bench) read(key platform.Key) platform.Item {
	b.T.Helper()
	items, err := b.Items().Get(b.T.Context(), key)
	if err != nil {
		b.T.Fatal(err)
	}
	return items[0]
}

func (b *bench) list() []shipbell.DamagedRecord {
	b.T.Helper()
	list, err := b.records.List(b.T.Context())
	if err != nil {
		b.T.Fatal(err)
	}
	return list
}

var errWhy = errors.New("invalid character")

// TestKeep keeps two records, one of them twice: each has one copy and one description,
// in the order of their names. The record stays, and is not due any more.
func TestKeep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	trigger := b.store("trigger/default", "0000000001", "{", time.Time{})
	delivery := b.store("delivery/default", "01A", "[", b.Clock.Now())
	for _, item := range []platform.Item{trigger, delivery, delivery} {
		if kept, err := b.records.Keep(t.Context(), item, "default", errWhy, false); err != nil || !kept {
			t.Fatalf("%s: kept %t, %v", item.Partition, kept, err)
		}
		b.Clock.Pass(time.Minute)
	}
	noon := b.Clock.Now().Add(-3 * time.Minute)
	want := []shipbell.DamagedRecord{
		{Name: setaside.Name(delivery), Kind: "delivery", Registry: "default", Partition: "delivery/default", Sort: "01A", Size: 1, FirstSeen: noon.Add(time.Minute), Why: errWhy.Error()},
		{Name: setaside.Name(trigger), Kind: "trigger", Registry: "default", Partition: "trigger/default", Sort: "0000000001", Size: 1, FirstSeen: noon, Why: errWhy.Error()},
	}
	if diff := cmp.Diff(want, b.list()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, one := range want {
		found, ok, err := b.records.Get(t.Context(), one.Name)
		if err != nil || !ok || !cmp.Equal(one, found) {
			t.Errorf("%s is read as %+v, %t, %v", one.Name, found, ok, err)
		}
	}
	if now := b.read(delivery.Key); !now.Due.IsZero() || string(now.Value) != "[" {
		t.Errorf("the record is %+v", now)
	}
	if now := b.read(trigger.Key); now.Version != trigger.Version {
		t.Errorf("a record that was not due was written: %+v", now)
	}
	if err := b.records.Remove(t.Context(), want[0].Name); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[1:], b.list()); diff != "" {
		t.Errorf("after one was removed (-want +got):\n%s", diff)
	}
	if now := b.read(delivery.Key); now.Version == 0 {
		t.Error("the record was removed with its copy")
	}
	if _, found, err := b.records.Get(t.Context(), want[0].Name); found || err != nil {
		t.Errorf("what was removed is found: %t, %v", found, err)
	}
}

// TestKeepChanged keeps records that somebody changes meanwhile, and such as the store
// could not read.
func TestKeepChanged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	hour := b.Clock.Now().Add(time.Hour)
	old := b.store("delivery/default", "01A", "[", hour)
	mended := b.store("delivery/default", "01A", "{}", hour)
	if kept, err := b.records.Keep(t.Context(), old, "default", errWhy, false); err != nil || !kept {
		t.Fatalf("kept %t, %v", kept, err)
	}
	if now := b.read(old.Key); !cmp.Equal(mended, now) {
		t.Errorf("the mended record (-before +after):\n%s", cmp.Diff(mended, now))
	}
	for name, tt := range map[string]struct {
		recheck bool
		due     time.Time
	}{"to be looked at again": {true, b.Clock.Now()}, "to be left": {false, time.Time{}}} {
		item := b.store("delivery/default", "02A", "{}", hour)
		item.Damage = errors.New("the expiry is no number")
		if _, err := b.records.Keep(t.Context(), item, "default", item.Damage, tt.recheck); err != nil {
			t.Fatal(err)
		}
		if now := b.read(item.Key); now.Version == item.Version || !now.Due.Equal(tt.due) {
			t.Errorf("%s: version %d, due %v, want another than %d, due %v", name, now.Version, now.Due, item.Version, tt.due)
		}
	}
}

// TestName tells records with other places or other bytes apart.
func TestName(t *testing.T) {
	t.Parallel()
	item := func(partition, sort, value string) platform.Item {
		return platform.Item{Key: platform.Key{Partition: partition, Sort: sort}, Value: []byte(value), Version: 7}
	}
	all := []platform.Item{item("a/b", "c", "d"), item("a/b", "c", "e"), item("a/b", "d", "d"), item("a/bc", "", "d"), item("a", "b", "d")}
	names := map[string]bool{}
	for _, one := range all {
		name := setaside.Name(one)
		one.Version, one.Due = 8, time.Unix(1, 0)
		if names[name] || !strings.HasPrefix(name, "a-") || !shipbell.ValidName(name) || setaside.Name(one) != name {
			t.Errorf("%+v has the name %s", one.Key, name)
		}
		names[name] = true
	}
}

// TestBounds keeps what is too large, has too much to say or comes too late.
func TestBounds(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	large := platform.Item{Key: platform.Key{Partition: "event/default/e", Sort: "receipt"}, Value: bytes.Repeat([]byte("x"), 300<<10)}
	why := fmt.Errorf("x%s", strings.Repeat("é", 200)) // whose 256th byte is half a letter
	if kept, err := b.records.Keep(t.Context(), large, "", why, false); err != nil || !kept {
		t.Fatalf("kept %t, %v", kept, err)
	}
	one := b.list()[0]
	if one.Size != len(large.Value) || len(one.Why) > 256 || !utf8.ValidString(one.Why) || !strings.HasPrefix(why.Error(), one.Why) {
		t.Errorf("the description is %+v", one)
	}
	if stored := b.read(platform.Key{Partition: "set-aside-value", Sort: one.Name}); len(stored.Value) != 256<<10 {
		t.Errorf("%d bytes are kept", len(stored.Value))
	}

	var more []platform.Write
	for n := range setaside.Max - 2 {
		more = append(more, platform.Write{If: platform.Absent, Item: platform.Item{Key: platform.Key{Partition: "set-aside", Sort: fmt.Sprintf("x-%04d", n)}, Value: []byte("{")}})
	}
	if err := platform.First(b.Items().Write(t.Context(), more...)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		sort string
		kept bool
	}{{"last", true}, {"late", false}, {"last", true}} {
		item := b.store("delivery/default", tt.sort, "{", b.Clock.Now())
		if kept, err := b.records.Keep(t.Context(), item, "default", errWhy, false); err != nil || kept != tt.kept {
			t.Errorf("%s: kept %t, %v", tt.sort, kept, err)
		}
		if now := b.read(item.Key); !now.Due.IsZero() {
			t.Errorf("%s is still due", tt.sort)
		}
	}
	list := b.list()
	if len(list) != setaside.Max || !slices.IsSortedFunc(list, func(a, b shipbell.DamagedRecord) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("%d are listed, or not in order", len(list))
	}
	if broken := list[len(list)-1]; broken.Name != "x-0997" || !strings.Contains(broken.Why, "cannot be read") {
		t.Errorf("a description that is damaged itself is %+v", broken)
	}
}
