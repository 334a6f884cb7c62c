package store_test

import (
	"encoding/json"
	"fmt"
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

func waits() shipbell.Schedule {
	return shipbell.Schedule{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour}
}

// fail makes an attempt of a delivery that is answered with a text.
func fail(b *bench, d *shipbell.Delivery, answer string) {
	b.T.Helper()
	b.Clock.Pass(d.Wait(b.Clock.Now()))
	now := b.Clock.Now()
	if !d.Claim(now, now.Add(35*time.Second), waits()) {
		b.T.Fatal("no claim")
	}
	b.MustSave(d)
	d.Record(now.Add(time.Millisecond), shipbell.Outcome{Duration: time.Millisecond, StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Response: answer}, waits(), 0.5)
	b.MustSave(d)
}

func rowOf(b *bench, d *shipbell.Delivery) platform.Item {
	b.T.Helper()
	items, err := b.KV.Get(b.T.Context(), platform.Key{Partition: "delivery/default", Sort: string(d.ID), Spread: true})
	if err != nil {
		b.T.Fatal(err)
	}
	return items[0]
}

// TestRowOfFailures keeps the row of nine failed attempts short, and reads all of them
// back with the answers of the first and the last one, alone and in lists.
func TestRowOfFailures(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(n int) string{
		"the same":  func(int) string { return strings.Repeat("no", 512) },
		"each anew": func(n int) string { return fmt.Sprint(n, strings.Repeat("no", 500)) },
		"short":     func(int) string { return "no" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.Receive("event", 1, 1)[0]
			var longest int
			for n := 1; n <= 9; n++ {
				fail(b, &d, answer(n))
				if row := rowOf(b, &d); d.Status == shipbell.Pending {
					longest = max(longest, len(row.Value))
				}
			}
			if longest > 940 {
				t.Errorf("the row has %d bytes", longest)
			}
			stored, err := b.Delivery(t.Context(), "default", d.ID)
			if err != nil || len(stored.Attempts) != 9 || stored.Status != shipbell.Failed {
				t.Fatalf("stored %+v, %v", stored, err)
			}
			for i, a := range stored.Attempts {
				want := shipbell.Attempt{Number: i + 1, StartedAt: d.Attempts[i].StartedAt.Truncate(time.Millisecond), DurationMS: 1, StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Answer: a.Answer}
				if i == 0 || i == 8 {
					want.Response = answer(i + 1)
				}
				if diff := cmp.Diff(want, a); diff != "" {
					t.Errorf("attempt %d (-want +got):\n%s", i+1, diff)
				}
			}
			list, err := b.List(t.Context(), store.Query{Registry: "default", Limit: 10})
			if err != nil || len(list.Deliveries) != 1 {
				t.Fatalf("list %+v, %v", list, err)
			}
			if diff := cmp.Diff(stored, list.Deliveries[0]); diff != "" {
				t.Errorf("in a list (-alone +list):\n%s", diff)
			}
			again, _, err := b.Redeliver(t.Context(), []shipbell.Delivery{stored})
			if err != nil || len(again) != 1 {
				t.Fatalf("redelivered %+v, %v", again, err)
			}
			if read, err := b.Delivery(t.Context(), "default", d.ID); err != nil || read.Attempts[0].Response != answer(1) || read.Attempts[8].Response != answer(9) {
				t.Errorf("after it was redelivered: %+v, %v", read, err)
			}
		})
	}
}

// TestRowOfBefore finishes a delivery whose row has its attempts as objects, as versions
// before wrote it, and lets such a version go on with a row of today.
func TestRowOfBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.Receive("event", 1, 1)[0]
	now := b.Clock.Now()
	d.Claim(now, now.Add(35*time.Second), waits())
	d.Record(now, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Response: "no"}, waits(), 0.5)
	before := func(d shipbell.Delivery) {
		t.Helper()
		value, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		row := rowOf(b, &d)
		row.Value = value
		if err := b.KV.Write(t.Context(), platform.Write{Item: row, If: platform.AtVersion(row.Version)})[0]; err != nil {
			t.Fatal(err)
		}
	}
	before(d)
	read, err := b.Delivery(t.Context(), "default", d.ID)
	if err != nil || len(read.Attempts) != 1 || read.Attempts[0].Response != "no" {
		t.Fatalf("read %+v, %v", read, err)
	}
	fail(b, &read, "no")
	var old shipbell.Delivery // as a version before reads it
	if err := json.Unmarshal(rowOf(b, &d).Value, &old); err != nil || old.AttemptCount() != 2 || old.Status != shipbell.Pending || !old.NextAttemptAt.After(now) {
		t.Fatalf("a version before reads %+v, %v", old, err)
	}
	b.Clock.Pass(old.Wait(b.Clock.Now()))
	old.Claim(b.Clock.Now(), b.Clock.Now().Add(35*time.Second), waits())
	before(old)
	if read, err = b.Delivery(t.Context(), "default", d.ID); err != nil || read.AttemptCount() != 3 || !read.Leased(b.Clock.Now(), time.Time{}) {
		t.Errorf("after it went on: %+v, %v", read, err)
	}
}

// TestDueStays leaves the due time of a delivery where it is while that does: where writes
// cost, also while an attempt is under way; elsewhere not before the attempt's lease ends.
func TestDueStays(t *testing.T) {
	t.Parallel()
	for _, metered := range []bool{false, true} {
		b := newBench(t)
		b.Store = store.New(store.Options{
			KV: b.KV, Sealer: b.Sealer, Now: b.Clock.Now, Retention: storetest.Retention, MaxDelay: 15 * time.Minute, Metered: metered,
		})
		d := b.Receive("event", 1, 1)[0]
		fail(b, &d, "no")
		changed := 0
		for range 7 {
			was := d.Due
			b.Clock.Pass(d.Wait(b.Clock.Now()))
			now := b.Clock.Now()
			d.Claim(now, now.Add(35*time.Second), waits())
			b.MustSave(&d)
			claimed := rowOf(b, &d).Due
			if stays := claimed.Equal(was); stays != (metered || !was.Before(d.LeaseUntil.Truncate(time.Millisecond))) {
				t.Errorf("metered %t: the claim of attempt %d left the due time: %t", metered, d.AttemptCount(), stays)
			}
			d.Record(now, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, waits(), 0.5)
			b.MustSave(&d)
			due := rowOf(b, &d).Due
			if due.Before(d.NextAttemptAt.Truncate(time.Millisecond)) || due.After(d.NextAttemptAt.Add(store.Grace)) {
				t.Errorf("metered %t: attempt %d: due %v, next attempt %v", metered, d.AttemptCount(), due, d.NextAttemptAt)
			}
			if !due.Equal(was) {
				changed++
			}
		}
		if metered && changed > 6 {
			t.Errorf("the due time was moved %d times", changed)
		}
	}
}

// TestMessageCarriesTheRow takes a delivery from its message where reads are paid for. One
// that has changed since is refused when it is saved.
func TestMessageCarriesTheRow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := store.New(store.Options{KV: b.KV, Sealer: b.Sealer, Now: b.Clock.Now, Retention: 24 * time.Hour, Metered: true})
	d := b.Receive("event", 1, 1)[0]
	fail(b, &d, strings.Repeat("no", 512))
	stored := rowOf(b, &d)
	m, err := s.Message(&d, 0)
	if err != nil {
		t.Fatal(err)
	}
	if registry, id, err := store.ParseMessage(m.Body); err != nil || registry != "default" || id != d.ID || store.IsSlow(m.Body) {
		t.Errorf("the message is about %s %s, %v", registry, id, err)
	}
	taken, err := s.Take(t.Context(), m.Body)
	if err != nil || taken.Version != stored.Version || !taken.Due.Equal(stored.Due) || !taken.Expires.Equal(stored.Expires) || taken.AttemptCount() != 1 || taken.Attempts[0].Answer == "" {
		t.Errorf("taken %+v, %v", taken, err)
	}
	b.MustSave(&d)
	if saved, err := s.Save(t.Context(), &taken); saved || err != nil {
		t.Errorf("an old one: saved %t, %v", saved, err)
	}
	plain, err := b.Message(&d, 0)
	if err != nil || len(plain.Body) > 80 {
		t.Errorf("elsewhere the message is %s, %v", plain.Body, err)
	}
}
