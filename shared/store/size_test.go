package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// large is an event with n resources, of 227 bytes each in the store.
func large(id string, n int) *shipbell.Event {
	e := storetest.Event(id)
	e.Resources = make([]shipbell.Resource, n)
	for i := range e.Resources {
		tag := fmt.Sprintf("v%d-%s", i, strings.Repeat("x", 28))
		digest := fmt.Sprintf("sha256:%064d", i)
		e.Resources[i] = shipbell.Resource{Tag: tag, Digest: digest, URL: "registry.example.com/public/app:" + tag}
	}
	return e
}

// everySecond fires trigger 1 with n targets for every second resource.
func everySecond(n int) store.Matches {
	all := storetest.Fires(1, n)
	return func(e *shipbell.Event) iter.Seq[shipbell.Match] {
		some := *e
		some.Resources = nil
		for i := 0; i < len(e.Resources); i += 2 {
			some.Resources = append(some.Resources, e.Resources[i])
		}
		return all(&some)
	}
}

// sizes counts the bytes of the values that a key-value store takes and gives.
type sizes struct {
	platform.KV
	largest, read atomic.Int64
}

func (s *sizes) Write(ctx context.Context, writes ...platform.Write) []error {
	for _, w := range writes {
		s.largest.Store(max(s.largest.Load(), int64(len(w.Item.Value))))
	}
	return s.KV.Write(ctx, writes...)
}

func (s *sizes) count(items []platform.Item) {
	for _, item := range items {
		s.read.Add(int64(len(item.Value)))
	}
}

func (s *sizes) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	items, err := s.KV.Get(ctx, keys...)
	s.count(items)
	return items, err
}

func (s *sizes) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	items, err := s.KV.Range(ctx, r)
	s.count(items)
	return items, err
}

// TestEventsOfAnySize accepts events at and beyond what one value of the store holds,
// and stores what came of 50 attempts that were answered at length.
func TestEventsOfAnySize(t *testing.T) {
	t.Parallel()
	answer := shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Response: strings.Repeat("\x01", 1024)}
	for _, resources := range []int{1, 2, 9, 990, 1000, 5000} {
		for name, matches := range map[string]store.Matches{"all": storetest.Fires(1, 2), "every second": everySecond(2)} {
			t.Run(fmt.Sprintf("%d resources, %s", resources, name), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				kv := &sizes{KV: b.KV}
				s := b.Over(kv)
				e := large("event", resources)
				all, _, err := storetest.Accept(t.Context(), s, "default", e, matches)
				if err != nil || len(all) != 2 {
					t.Fatalf("%d deliveries, %v", len(all), err)
				}
				if kv.largest.Load() > platform.MaxValue {
					t.Errorf("a value of %d bytes", kv.largest.Load())
				}
				want := slices.Collect(matches(e))[0].Resources
				d := all[0]
				if err := b.Over(b.KV).LoadEvent(t.Context(), &d); err != nil {
					t.Fatal(err)
				}
				whole, ok := d.FullEvent()
				if !ok || d.ResourceCount() != len(want) || whole.ID != "event" || whole.Repository != e.Repository {
					t.Errorf("the event is %+v", whole)
				}
				if diff := cmp.Diff(want, whole.Resources); diff != "" {
					t.Errorf("resources (-want +got):\n%s", diff)
				}
				for range 50 {
					if !d.Claim(b.Clock.Now(), b.Clock.Now().Add(time.Minute), nil) {
						t.Fatal("not claimed")
					}
					d.Record(b.Clock.Now(), answer, nil, 0)
					d.Redeliver(b.Clock.Now())
				}
				kv.largest.Store(0)
				if saved, err := s.Save(t.Context(), &d); err != nil || !saved || kv.largest.Load() > 32<<10 {
					t.Errorf("saved %t, %v, with %d bytes", saved, err, kv.largest.Load())
				}
			})
		}
	}
}

// TestThinRows accepts events with texts of every length: at accept a row has at most
// 1 KiB, and the log finds its repository.
func TestThinRows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i, odd := range []string{"a", "<", `"`, "é", "阿", "\u2028", "\U0001f514"} {
		for _, n := range []int{1, 9, 1000} {
			e := large(strings.Repeat(odd, 128/len(odd)-3)+fmt.Sprint(i), n)
			e.Repository.FullName, e.Operator = strings.Repeat(odd, 255/len(odd)), strings.Repeat(odd, 5000)
			e.Resources[0].Tag, e.Resources[0].Digest = strings.Repeat(odd, 128/len(odd)), strings.Repeat(odd, 500)
			e.ID += fmt.Sprint("-", n)
			of := shipbell.Trigger{ID: shipbell.MaxID, Name: strings.Repeat("n", 64), Targets: []shipbell.Target{{ID: 10, URL: "https://" + strings.Repeat("u", 2040), PathSecret: true, Format: shipbell.FormatCloudEvents}}}
			all, _, err := storetest.Accept(t.Context(), b.Store, "default", e, func(e *shipbell.Event) iter.Seq[shipbell.Match] {
				return slices.Values([]shipbell.Match{{Trigger: &of, Resources: e.Resources}})
			})
			if err != nil {
				t.Fatal(err)
			}
			items, err := b.KV.Get(t.Context(), platform.Key{Partition: "delivery/default", Sort: string(all[0].ID)})
			if size := len(items[0].Value); err != nil || size > 1024 {
				t.Errorf("%q, %d resources: the row has %d bytes, %v", odd, n, size, err)
			}
			found, err := b.List(t.Context(), store.Query{Registry: "default", Repository: e.Repository.FullName, Limit: 100})
			if err != nil || !slices.ContainsFunc(found.Deliveries, func(d shipbell.Delivery) bool { return d.ID == all[0].ID }) {
				t.Errorf("%q: %d deliveries are found by the repository, %v", odd, len(found.Deliveries), err)
			}
			d := all[0]
			if err := b.Over(b.KV).LoadEvent(t.Context(), &d); err != nil {
				t.Fatal(err)
			}
			if whole, _ := d.FullEvent(); !cmp.Equal(whole, e) {
				t.Errorf("%q, %d resources: the event is not as it came", odd, n)
			}
		}
	}
}

// TestListsReadRowsOnly lists a page of deliveries of large events: what is read has no
// more bytes for events of any size.
func TestListsReadRowsOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 4 {
		if _, _, err := storetest.Accept(t.Context(), b.Store, "default", large(fmt.Sprint(i), 1000), storetest.Fires(1, 25)); err != nil {
			t.Fatal(err)
		}
	}
	kv := &sizes{KV: b.KV}
	s := b.Over(kv)
	for name, list := range map[string]func() ([]shipbell.Delivery, error){
		"of the registry": func() ([]shipbell.Delivery, error) {
			found, err := s.List(t.Context(), store.Query{Registry: "default", Limit: 100})
			return found.Deliveries, err
		},
		"of a trigger": func() ([]shipbell.Delivery, error) {
			found, err := s.List(t.Context(), store.Query{Registry: "default", Trigger: 1, Limit: 100})
			return found.Deliveries, err
		},
		"of the TCR API": func() ([]shipbell.Delivery, error) {
			found, _, err := s.Newest(t.Context(), "default", []shipbell.ID{1}, 0, 100)
			return found, err
		},
	} {
		kv.read.Store(0)
		found, err := list()
		if err != nil || len(found) != 100 || found[0].ResourceCount() != 1000 {
			t.Fatalf("%s: %d deliveries, %v", name, len(found), err)
		}
		if read := kv.read.Load(); read > 100*1024 {
			t.Errorf("%s: %d bytes were read for 100 rows", name, read)
		}
	}
}

// TestTenThousandTriggers accepts one large event that fires 10,000 triggers: what is in
// memory at once does not grow with their number. It measures the memory of the process,
// so it runs beside no other test.
func TestTenThousandTriggers(t *testing.T) {
	const triggers = 10_000
	b := newBench(t)
	kv := &sizes{KV: b.KV}
	s := b.Over(kv)
	matches := func(e *shipbell.Event) iter.Seq[shipbell.Match] {
		return func(yield func(shipbell.Match) bool) {
			for n := range triggers {
				of := &shipbell.Trigger{ID: shipbell.ID(n + 1), Targets: []shipbell.Target{{URL: "https://ci.example.com/"}}}
				if !yield(shipbell.Match{Trigger: of, Resources: slices.Clone(e.Resources[1:])}) { // 14 KB each
					return
				}
			}
		}
	}
	var most, count int
	var before, peak runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	first, err := s.Accept(t.Context(), "default", large("event", 300), matches, func(created []shipbell.Delivery) {
		most, count = max(most, len(created)), count+len(created)
		if count == triggers {
			runtime.GC()
			runtime.ReadMemStats(&peak)
		}
	})
	if err != nil || len(first.Deliveries) != triggers || first.Repeat || count != triggers || most > 100 {
		t.Fatalf("%d deliveries, %d made, at most %d at once, %v", len(first.Deliveries), count, most, err)
	}
	if grown := int64(peak.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("%d bytes are in use", grown)
	}
	again, err := b.Over(b.KV).Accept(t.Context(), "default", large("event", 300), matches, func([]shipbell.Delivery) { t.Error("made again") })
	if err != nil || !slices.Equal(first.Deliveries, again.Deliveries) || !again.Repeat {
		t.Errorf("the event again: %d ids, %v", len(again.Deliveries), err)
	}
}

// TestOldRows reads, lists, delivers and redelivers what older versions stored with the
// event in the row.
func TestOldRows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := storetest.Deliveries("default", "event", 1, 1)(b.Clock.Now())[0]
	old.Event = *large("event", 3000) // more than one value holds today
	value, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	key := platform.Key{Partition: "delivery/default", Sort: string(old.ID)}
	if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: platform.Item{Key: key, Value: value}, If: platform.Absent})); err != nil {
		t.Fatal(err)
	}
	list, err := b.List(t.Context(), store.Query{Registry: "default", Limit: 10})
	found := list.Deliveries
	if err != nil || len(found) != 1 || found[0].ResourceCount() != 3000 || len(found[0].Event.Resources) != 1 {
		t.Fatalf("listed %d, %v", len(found), err)
	}
	if saved, err := b.Save(t.Context(), &found[0]); saved || err == nil {
		t.Error("a delivery without its event was saved")
	}
	whole := func(d shipbell.Delivery) {
		t.Helper()
		if err := b.Over(b.KV).LoadEvent(t.Context(), &d); err != nil {
			t.Fatal(err)
		}
		if e, ok := d.FullEvent(); !ok || !cmp.Equal(*e, old.Event) {
			t.Error("the event is not as it was")
		}
	}
	whole(found[0])
	d, err := b.Delivery(t.Context(), "default", old.ID)
	if err != nil {
		t.Fatal(err)
	}
	whole(d)
	d.Claim(b.Clock.Now(), b.Clock.Now().Add(time.Minute), nil)
	b.MustSave(&d)
	whole(d)
	d.Record(b.Clock.Now(), shipbell.Outcome{StatusCode: 410, Error: text.New(text.StatusGone, 410)}, nil, 0)
	b.MustSave(&d)
	if d, err = b.Delivery(t.Context(), "default", old.ID); err != nil || d.Status != shipbell.Failed {
		t.Fatalf("%s, %v", d.Status, err)
	}
	whole(d)
	saved, expired, err := b.Redeliver(t.Context(), []shipbell.Delivery{d})
	if err != nil || len(saved) != 1 || len(expired) != 0 {
		t.Fatalf("redelivered %d, %v expired, %v", len(saved), expired, err)
	}
	whole(saved[0])
}
