package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

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
					list, err := b.List(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					if len(list.Deliveries) > limit {
						t.Fatalf("a page of %d, want at most %d", len(list.Deliveries), limit)
					}
					got = append(got, ids(list.Deliveries)...)
					if list.Next == "" || limit == 1 && len(got) >= 20 {
						break
					}
					q.Before = list.Next
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
		empty, err := b.List(t.Context(), q)
		if err != nil || len(empty.Deliveries) != 0 || empty.Next == "" {
			t.Fatalf("trigger %d: %+v, %v: want an empty page and a next one", id, empty, err)
		}
		q.Before = empty.Next
		found, err := b.List(t.Context(), q)
		if err != nil || len(found.Deliveries) != 1 || found.Deliveries[0].ID != oldest.ID || found.Next != "" {
			t.Errorf("trigger %d: found %+v, %v", id, found, err)
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
	cancelled, err := b.List(t.Context(), store.Query{Registry: "default", Statuses: []shipbell.Status{shipbell.Cancelled}, Limit: 100})
	if err != nil || len(cancelled.Deliveries) != 100 {
		t.Errorf("%d cancelled on the first page, %v", len(cancelled.Deliveries), err)
	}
}
