package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

func ids(deliveries []shipbell.Delivery) []shipbell.DeliveryID {
	all := make([]shipbell.DeliveryID, len(deliveries))
	for i := range deliveries {
		all[i] = deliveries[i].ID
	}
	return all
}

// there lists the ids of a registry's stored deliveries, the oldest first.
func (b *bench) there(partition string) []shipbell.DeliveryID {
	b.T.Helper()
	all := []shipbell.DeliveryID{}
	for row, err := range platform.NewItems(b.KV).Each(b.T.Context(), platform.Range{Partition: partition}) {
		if err != nil {
			b.T.Fatal(err)
		}
		all = append(all, shipbell.DeliveryID(row.Sort))
	}
	return all
}

func TestAcceptAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.Receive("event", 1, 3)
	if len(first) != 3 || first[0].Version != 1 {
		t.Fatalf("made %+v", first)
	}
	for name, test := range map[string]struct {
		wait    time.Duration
		targets int
	}{
		"at once":                          {0, 3},
		"hours later":                      {5 * time.Hour, 3},
		"with targets that were added":     {0, 7},
		"when some targets were taken out": {0, 2},
	} {
		b.Clock.Pass(test.wait)
		all, created, err := b.Over(b.KV).Accept(t.Context(), "default", "event", storetest.Deliveries("default", "event", 1, test.targets))
		if err != nil || len(created) != 0 {
			t.Errorf("%s: %d were made, %v", name, len(created), err)
		}
		if diff := cmp.Diff(ids(first)[:min(3, test.targets)], ids(all)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if all, created, err := b.Accept(t.Context(), "default", "event", storetest.Deliveries("default", "event", 2, 2)); err != nil || len(all)+len(created) != 0 {
		t.Errorf("for a trigger made since: %d, %v", len(all), err)
	}
	b.AddRegistry("other")
	elsewhere, _, err := b.Accept(t.Context(), "other", "event", storetest.Deliveries("other", "event", 1, 3))
	if err != nil || len(elsewhere) != 3 || slices.Contains(ids(first), elsewhere[0].ID) {
		t.Errorf("the same event of another registry: %v, %v", ids(elsewhere), err)
	}

	b.Clock.Pass(storetest.Retention)
	all := b.Receive("event", 1, 3)
	if slices.Contains(ids(first), all[0].ID) || len(b.there("delivery/default")) != 3 {
		t.Errorf("after the retention: %v, stored %v", ids(all), b.there("delivery/default"))
	}
}

func TestAcceptAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var mu sync.Mutex
	made16 := map[shipbell.DeliveryID]int{}
	answers := make([][]shipbell.DeliveryID, 16)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			given, created, err := b.Over(b.KV).Accept(t.Context(), "default", "event", storetest.Deliveries("default", "event", 1, 60))
			if err != nil {
				t.Error(err)
			}
			answers[i] = ids(given)
			mu.Lock()
			defer mu.Unlock()
			for _, d := range created {
				made16[d.ID]++
			}
		})
		b.Clock.Pass(time.Millisecond)
	}
	all.Wait()
	for _, answer := range answers {
		if diff := cmp.Diff(answers[0], answer); diff != "" {
			t.Fatalf("answers differ:\n%s", diff)
		}
	}
	for _, id := range answers[0] {
		if made16[id] != 1 {
			t.Errorf("delivery %s was made %d times", id, made16[id])
		}
	}
}

// TestAcceptCutShort ends the process in each of its writes, with each part of
// the write done, and sends the event again much later.
func TestAcceptCutShort(t *testing.T) {
	t.Parallel()
	const targets = 130 // three writes
	for at := 1; at <= 3; at++ {
		for _, done := range []int{0, 1, 2, 3, 50, 99, 100} {
			t.Run(fmt.Sprintf("in write %d after %d", at, done), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				_, _, err := b.Over(&storetest.Cut{KV: b.KV, At: at, Done: done}).Accept(t.Context(), "default", "event", storetest.Deliveries("default", "event", 1, targets))
				kindOf(t, err, shipbell.Unavailable)
				before := b.there("delivery/default")
				b.Clock.Pass(3 * time.Hour)

				all, created, err := b.Accept(t.Context(), "default", "event", storetest.Deliveries("default", "event", 1, targets))
				if err != nil || len(all) != targets || len(created) != targets-len(before) {
					t.Fatalf("%d deliveries, %d made, %d were there, %v", len(all), len(created), len(before), err)
				}
				want := ids(all)
				slices.Sort(want)
				if diff := cmp.Diff(want, b.there("delivery/default")); diff != "" {
					t.Errorf("stored (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want, b.there("trigger-delivery/default/1")); diff != "" {
					t.Errorf("listed for the trigger (-want +got):\n%s", diff)
				}
				// Those made late are too old for the look at all that are Grace old, so each
				// has a due time of its own.
				for _, d := range created {
					items, err := b.KV.Get(t.Context(), platform.Key{Partition: "delivery/default", Sort: string(d.ID)})
					if late := done > 0 || at > 1; err != nil || late == items[0].Due.IsZero() {
						t.Fatalf("delivery %s is due at %v, %v", d.ID, items[0].Due, err)
					}
				}
			})
		}
	}
}

func TestSaveKeepsToTheVersion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.Receive("event", 1, 1)[0]
	stale := d
	b.MustSave(&d)
	if d.Version != 2 {
		t.Errorf("version %d", d.Version)
	}
	if saved, err := b.Save(t.Context(), &stale); saved || err != nil || stale.Version != 1 {
		t.Errorf("an old version: saved %t, %v, version %d", saved, err, stale.Version)
	}
	other := b.Receive("other", 1, 1)[0]
	saved, err := b.SaveAll(t.Context(), []shipbell.Delivery{stale, other}, nil)
	if err != nil || len(saved) != 1 || saved[0].ID != other.ID || saved[0].Version != 2 {
		t.Errorf("saved %+v, %v", saved, err)
	}
	if saved, err := b.SaveAll(t.Context(), nil, nil); err != nil || saved != nil {
		t.Errorf("nothing: %v, %v", saved, err)
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	reads := &counting{KV: b.KV}
	s := b.Over(reads)
	accept := func(event string) shipbell.Delivery {
		t.Helper()
		all, _, err := s.Accept(t.Context(), "default", event, storetest.Deliveries("default", event, 1, 1))
		if err != nil {
			t.Fatal(err)
		}
		return all[0]
	}
	take := func(what string, d shipbell.Delivery, wantReads int) shipbell.Delivery {
		t.Helper()
		reads.gets = 0
		got, err := s.Take(t.Context(), "default", d.ID)
		if err != nil || got.ID != d.ID || reads.gets != wantReads {
			t.Errorf("%s: %v, %v, %d reads, want %d", what, got.ID, err, reads.gets, wantReads)
		}
		return got
	}
	d := accept("event")
	if got := take("a new one", d, 0); got.Version != 1 {
		t.Errorf("version %d", got.Version)
	}
	take("a second time", d, 1)

	swept := accept("swept")
	saved, err := s.SaveAll(t.Context(), []shipbell.Delivery{swept}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := take("one that has changed", swept, 1); got.Version != saved[0].Version {
		t.Errorf("version %d, want %d", got.Version, saved[0].Version)
	}

	mine := accept("mine")
	_, err = s.Take(t.Context(), "other", mine.ID)
	kindOf(t, err, shipbell.NotFound)
	for i := range 250 {
		accept(fmt.Sprint(i))
	}
	take("one of more than are kept", accept("last"), 0)
}

// counting counts reads by key.
type counting struct {
	platform.KV
	gets int
}

func (c *counting) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	c.gets++
	return c.KV.Get(ctx, keys...)
}

func TestExpiredDeliveriesAreGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.Receive("event", 1, 1)[0]
	b.Clock.Pass(storetest.Retention - time.Second)
	b.MustSave(&d) // storing it again makes it live no longer
	b.Clock.Pass(time.Second)
	_, err := b.Delivery(t.Context(), "default", d.ID)
	kindOf(t, err, shipbell.NotFound)
	for _, id := range []shipbell.ID{0, 1} {
		list, next, err := b.List(t.Context(), store.Query{Registry: "default", Trigger: id, Limit: 10})
		if err != nil || len(list) != 0 || next != "" {
			t.Errorf("trigger %d: %d listed, next %q, %v", id, len(list), next, err)
		}
	}
	if due, found, err := b.Due(t.Context(), b.Clock.Now().Add(time.Hour), 10); err != nil || len(due)+found != 0 {
		t.Errorf("%d are due, %d found, %v", len(due), found, err)
	}
	if saved, err := b.Save(t.Context(), &d); saved || err != nil {
		t.Errorf("saved %t, %v", saved, err)
	}
}

// oddName is one that is not stored as it is written.
const oddName = `public/<a&b>"\` + "\u2028\x7fé"

// fill makes n deliveries of two triggers, of which every fifth has failed and the next was cancelled, a
// second apart, and returns them newest first.
func (b *bench) fill(n int) []shipbell.Delivery {
	b.T.Helper()
	all := make([]shipbell.Delivery, n)
	for i := range all {
		b.Clock.Pass(time.Second)
		d := storetest.Deliveries("default", fmt.Sprint(i), shipbell.ID(1+i%2), 1)(b.Clock.Now())[0]
		d.Event.Repository.FullName = []string{"public/app0", "public/app1", oddName}[i%3]
		if i%2 == 1 {
			d.Event.Action = shipbell.DeleteImage
		}
		switch i % 5 {
		case 0:
			d.Status = shipbell.Failed
		case 1:
			d.Status = shipbell.Cancelled
		}
		all[i] = d
	}
	b.put(all)
	slices.Reverse(all)
	return all
}

// put stores deliveries, the oldest first, and lists them for their triggers: fewer
// writes than Accept makes.
func (b *bench) put(deliveries []shipbell.Delivery) {
	b.T.Helper()
	var writes []platform.Write
	for _, d := range deliveries {
		value, err := json.Marshal(d)
		if err != nil {
			b.T.Fatal(err)
		}
		for partition, value := range map[string][]byte{"delivery/default": value, fmt.Sprintf("trigger-delivery/default/%d", d.TriggerID): nil} {
			writes = append(writes, platform.Write{Item: platform.Item{Key: platform.Key{Partition: partition, Sort: string(d.ID)}, Value: value}})
		}
	}
	if err := platform.First(platform.NewItems(b.KV).Write(b.T.Context(), writes...)); err != nil {
		b.T.Fatal(err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := b.fill(350)
	middle := all[175].CreatedAt
	for name, test := range map[string]struct {
		query store.Query
		wants func(shipbell.Delivery) bool
	}{
		"all":     {store.Query{}, func(shipbell.Delivery) bool { return true }},
		"trigger": {store.Query{Trigger: 2}, func(d shipbell.Delivery) bool { return d.TriggerID == 2 }},
		"status":  {store.Query{Statuses: []shipbell.Status{shipbell.Failed}}, func(d shipbell.Delivery) bool { return d.Status == shipbell.Failed }},
		"any of two": {
			store.Query{Statuses: []shipbell.Status{shipbell.Failed, shipbell.Cancelled}},
			func(d shipbell.Delivery) bool { return d.Status != shipbell.Pending },
		},
		"action":      {store.Query{Action: shipbell.DeleteImage}, func(d shipbell.Delivery) bool { return d.Event.Action == shipbell.DeleteImage }},
		"repository":  {store.Query{Repository: "public/app1"}, func(d shipbell.Delivery) bool { return d.Event.Repository.FullName == "public/app1" }},
		"an odd name": {store.Query{Repository: oddName}, func(d shipbell.Delivery) bool { return d.Event.Repository.FullName == oddName }},
		"since":       {store.Query{Since: middle}, func(d shipbell.Delivery) bool { return !d.CreatedAt.Before(middle) }},
		"until":       {store.Query{Until: middle}, func(d shipbell.Delivery) bool { return d.CreatedAt.Before(middle) }},
		"everything at once": {
			store.Query{Trigger: 1, Statuses: []shipbell.Status{shipbell.Failed}, Action: shipbell.PushImage, Repository: "public/app0", Since: all[300].CreatedAt, Until: all[10].CreatedAt},
			func(d shipbell.Delivery) bool {
				return d.TriggerID == 1 && d.Status == shipbell.Failed && d.Event.Repository.FullName == "public/app0" &&
					!d.CreatedAt.Before(all[300].CreatedAt) && d.CreatedAt.Before(all[10].CreatedAt)
			},
		},
		"none":             {store.Query{Repository: "public/none"}, func(shipbell.Delivery) bool { return false }},
		"no such trigger":  {store.Query{Trigger: 99}, func(shipbell.Delivery) bool { return false }},
		"another registry": {store.Query{Registry: "other"}, func(shipbell.Delivery) bool { return false }},
	} {
		for _, limit := range []int{1, 7, 100} {
			t.Run(fmt.Sprintf("%s by %d", name, limit), func(t *testing.T) {
				want := []shipbell.DeliveryID{}
				for _, d := range all {
					if test.wants(d) {
						want = append(want, d.ID)
					}
				}
				if limit == 1 {
					want = want[:min(len(want), 20)]
				}
				q := test.query
				q.Limit = limit
				if q.Registry == "" {
					q.Registry = "default"
				}
				got := []shipbell.DeliveryID{}
				for {
					page, next, err := b.List(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					if len(page) > limit {
						t.Fatalf("a page of %d, want at most %d", len(page), limit)
					}
					got = append(got, ids(page)...)
					if next == "" || limit == 1 && len(got) >= 20 {
						break
					}
					q.Before = next
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestListOfFewAmongMany looks for one delivery behind more than a call may read.
func TestListOfFewAmongMany(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const many = 2200
	all := make([]shipbell.Delivery, many)
	for i := range all {
		b.Clock.Pass(time.Millisecond)
		all[i] = storetest.Deliveries("default", fmt.Sprint(i), 1, 1)(b.Clock.Now())[0]
	}
	oldest := &all[0]
	oldest.Status = shipbell.Failed
	b.put(all)
	for _, id := range []shipbell.ID{0, 1} {
		q := store.Query{Registry: "default", Trigger: id, Statuses: []shipbell.Status{shipbell.Failed}, Limit: 10}
		empty, next, err := b.List(t.Context(), q)
		if err != nil || len(empty) != 0 || next == "" {
			t.Fatalf("trigger %d: %d found, next %q, %v: want an empty page and a next one", id, len(empty), next, err)
		}
		q.Before = next
		found, next, err := b.List(t.Context(), q)
		if err != nil || len(found) != 1 || found[0].ID != oldest.ID || next != "" {
			t.Errorf("trigger %d: found %v, next %q, %v", id, ids(found), next, err)
		}
	}
}

func TestCancelPending(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	schedule := shipbell.Schedule{time.Hour}
	var waiting []shipbell.Delivery
	for i := range 150 {
		waiting = append(waiting, b.Receive(fmt.Sprint(i), 1, 1)...)
	}
	retry, under, dead, done := b.Receive("retry", 1, 1)[0], b.Receive("under", 1, 1)[0], b.Receive("dead", 1, 1)[0], b.Receive("done", 1, 1)[0]
	other := b.Receive("other", 2, 1)[0]
	now := b.Clock.Now()
	for _, d := range []*shipbell.Delivery{&retry, &done, &dead} {
		d.Claim(now, now.Add(30*time.Second), schedule)
	}
	retry.Record(now, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, schedule, 0.5)
	done.Record(now, shipbell.Outcome{StatusCode: 200}, schedule, 0.5)
	b.Clock.Pass(time.Minute)
	under.Claim(b.Clock.Now(), b.Clock.Now().Add(30*time.Second), schedule)
	for _, d := range []*shipbell.Delivery{&retry, &under, &dead, &done} {
		b.MustSave(d)
	}

	if err := b.CancelPending(t.Context(), "default", 1, "because"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what   string
		d      shipbell.Delivery
		status shipbell.Status
		reason string
		errs   string
	}{
		{"new", waiting[0], shipbell.Cancelled, "because", ""},
		{"new, on another page", waiting[149], shipbell.Cancelled, "because", ""},
		{"waits for its retry", retry, shipbell.Cancelled, "because", "status 500"},
		{"under way", under, shipbell.Pending, "", ""},
		{"its process died", dead, shipbell.Cancelled, "because", text.New(text.AttemptInterrupted).String()},
		{"done", done, shipbell.Succeeded, "", ""},
		{"of another trigger", other, shipbell.Pending, "", ""},
	} {
		got, err := b.Delivery(t.Context(), "default", test.d.ID)
		if err != nil {
			t.Fatal(err)
		}
		var errs []string
		for _, a := range got.Attempts {
			errs = append(errs, a.Error.String())
		}
		if got.Status != test.status || got.Reason.String() != test.reason || strings.Join(errs, "") != test.errs {
			t.Errorf("%s: %s, %q, %q", test.what, got.Status, got.Reason, errs)
		}
	}
	cancelled, _, err := b.List(t.Context(), store.Query{Registry: "default", Statuses: []shipbell.Status{shipbell.Cancelled}, Limit: 100})
	if err != nil || len(cancelled) != 100 {
		t.Errorf("%d cancelled on the first page, %v", len(cancelled), err)
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.Catalog("default")
	record := func(key, value string) shipbell.Record { return shipbell.Record{Key: key, Value: []byte(value)} }
	var many []shipbell.Record
	for i := range 150 {
		many = append(many, record(fmt.Sprintf("tag %03d", i), "old"))
	}
	if err := c.Learn(t.Context(), many...); err != nil {
		t.Fatal(err)
	}
	first := record("tag 001", "first")
	first.Absent = true
	passing := record("passing", "x")
	passing.Expires = b.Clock.Now().Add(time.Hour)
	if err := c.Learn(t.Context(), record("tag 000", "new"), first, passing); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range many {
		keys = append(keys, r.Key)
	}
	records, err := c.Records(t.Context(), append(keys, "none", "passing")...)
	if err != nil || len(records) != 152 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if string(records[0].Value) != "new" || string(records[1].Value) != "old" || records[150].Key != "" || string(records[151].Value) != "x" {
		t.Errorf("records %q, %q, %+v, %+v", records[0].Value, records[1].Value, records[150], records[151])
	}
	b.Clock.Pass(time.Hour)
	if records, err := c.Records(t.Context(), "passing"); err != nil || records[0].Key != "" {
		t.Errorf("after its time: %+v, %v", records, err)
	}
	if found, err := c.Prefix(t.Context(), "tag 00", 1000); err != nil || len(found) != 10 || found[9].Key != "tag 009" {
		t.Errorf("by prefix: %+v, %v", found, err)
	}
	if found, err := b.Catalog("other").Prefix(t.Context(), "", 10); err != nil || len(found) != 0 {
		t.Errorf("of another registry: %+v, %v", found, err)
	}
}
