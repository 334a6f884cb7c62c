package deliver_test

import (
	"context"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/rate"
	"github.com/shipbell/shipbell/shared/text"
)

// limit gives the target of a registry's trigger a rate.
func (f *fleet) limit(registry string, perMinute int) {
	f.t.Helper()
	trigger, err := f.admin.Trigger(f.t.Context(), registry, 1)
	if err != nil {
		f.t.Fatal(err)
	}
	trigger = trigger.Clone()
	trigger.Targets[0].Rate = perMinute
	if _, err := f.admin.ReplaceTrigger(f.t.Context(), trigger); err != nil {
		f.t.Fatal(err)
	}
	time.Sleep(2 * time.Second) // until every process has read it
}

// mostInAMinute is how many requests came in a minute at most.
func mostInAMinute(list []arrival) (most int) {
	for i := range list {
		n := 0
		for _, r := range list[i:] {
			if r.at.Sub(list[i].at) < time.Minute {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// TestRateOfTarget has 60 events at once for a robot that takes 20 requests a minute, in two
// processes, beside a target without a rate.
func TestRateOfTarget(t *testing.T) {
	t.Parallel()
	inFleet(t, 2, []string{"one", "two"}, func(t *testing.T, f *fleet) {
		f.limit("one", 20)
		began := time.Now()
		var all []shipbell.Delivery
		for range 60 {
			all = append(all, f.accept("one")...)
		}
		f.accept("two")
		time.Sleep(time.Second)
		if n := len(f.requests("two", targetURL, began)); n != 1 {
			t.Errorf("the other target got %d requests in a second, want 1", n)
		}
		time.Sleep(20 * time.Second) // all have taken their turns
		if d := f.stored(all[59]); d.Status == shipbell.Pending && !d.HeldBy(text.HeldForRate) || d.AttemptCount() != 0 {
			t.Errorf("while it waits for its turn: %+v", d)
		}
		time.Sleep(3 * time.Minute)
		list := f.requests("one", targetURL, began)
		if most := mostInAMinute(list); most > 20 {
			t.Errorf("%d requests in a minute, want 20 at most", most)
		}
		for _, d := range all {
			if d = f.stored(d); d.Status != shipbell.Succeeded || d.AttemptCount() != 1 {
				t.Errorf("afterwards: %+v", d)
			}
		}
		if len(list) != 60 || list[59].at.Sub(began) > 178*time.Second {
			t.Fatalf("%d requests, the last after %v, want 60 in 177 s", len(list), list[len(list)-1].at.Sub(began))
		}
	})
}

// TestRateAfterStop has deliveries take turns in their order, and lets the turns pass while no
// process works: what comes late takes new ones.
func TestRateAfterStop(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		handle := b.rated(20)
		b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
			return shipbell.Outcome{StatusCode: 200}
		}
		var all []shipbell.Delivery
		for range 60 {
			all = append(all, b.accept()[0])
		}
		once := func() {
			for _, d := range all {
				if err := handle(t.Context(), b.message(&d)); err != nil {
					t.Fatal(err)
				}
			}
		}
		began := time.Now()
		once()
		if len(b.sent) != 1 {
			t.Fatalf("%d requests at first, want 1", len(b.sent))
		}
		for i, d := range all[1:] {
			if d = b.stored(d); d.NextAttemptAt.Sub(began) != time.Duration(i+1)*3*time.Second {
				t.Errorf("delivery %d comes %v after the first", i+1, d.NextAttemptAt.Sub(began))
			}
		}
		time.Sleep(10 * time.Minute)
		if once(); len(b.sent) != 2 {
			t.Errorf("%d requests after all turns have passed, want 2", len(b.sent))
		}
		time.Sleep(60 * time.Second) // a little late is in time
		if once(); len(b.sent) != 22 {
			t.Errorf("%d requests a minute later, want 22", len(b.sent))
		}
	})
}

// TestRateIsOutsideSchedule has a delivery wait for its turn for longer than its schedule
// lasts: it has all its attempts afterwards.
func TestRateIsOutsideSchedule(t *testing.T) {
	t.Parallel()
	inFleet(t, 1, []string{"default"}, func(t *testing.T, f *fleet) {
		f.schedule[4] = time.Minute
		f.limit("default", 1)
		for range 30 { // half an hour of turns, and the schedule has 13:35
			f.accept("default")
		}
		time.Sleep(20 * time.Second) // all have taken their turns
		last := f.accept("default")[0]
		time.Sleep(29 * time.Minute)
		f.kill("default", targetURL, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)})
		time.Sleep(90 * time.Second)
		if d := f.stored(last); d.Status != shipbell.Pending || d.AttemptCount() != 1 {
			t.Errorf("after its first attempt: %+v", d)
		}
		f.heal("default", targetURL)
		time.Sleep(5 * time.Minute)
		if d := f.stored(last); d.Status != shipbell.Succeeded || d.AttemptCount() < 2 {
			t.Errorf("afterwards: %+v", d)
		}
	})
}

// TestRateThatIsExceeded has more deliveries wait than the target takes in a day: the last
// ones end with a reason, and can be sent again.
func TestRateThatIsExceeded(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		handle := b.rated(1)
		taken := rate.Limit{Next: time.Now().Add(24 * time.Hour), PerMinute: 1, TakenAt: time.Now()}
		key := rate.Key{Registry: "default", Trigger: b.trigger.ID, Target: 1}
		if saved, err := rate.NewRecords(b.store.Items()).Put(t.Context(), key, &taken); !saved || err != nil {
			t.Fatal(saved, err)
		}
		first, last := b.accept()[0], b.accept()[0]
		for _, d := range []shipbell.Delivery{first, last} {
			if err := handle(t.Context(), b.message(&d)); err != nil {
				t.Fatal(err)
			}
		}
		if first = b.stored(first); !first.HeldBy(text.HeldForRate) || first.Waited < 23*time.Hour {
			t.Errorf("the first one: %+v", first)
		}
		if last = b.stored(last); last.Status != shipbell.Cancelled || last.Reason.Code != text.CancelledRateExceeded || last.AttemptCount() != 0 {
			t.Errorf("the last one: %+v", last)
		}
		time.Sleep(10 * time.Minute)
		saved, _, err := b.store.Redeliver(t.Context(), []shipbell.Delivery{last})
		if err != nil || len(saved) != 1 {
			t.Fatal(len(saved), err)
		}
		if err := handle(t.Context(), b.message(&last)); err != nil {
			t.Fatal(err)
		}
		if last = b.stored(last); !last.HeldBy(text.HeldForRate) {
			t.Errorf("sent again: %+v", last)
		}
	})
}

// rated gives the first target a rate and makes the function.
func (b *bench) rated(perMinute int) func(ctx context.Context, message []byte) error {
	b.t.Helper()
	b.trigger = b.trigger.Clone()
	b.trigger.Targets[0].Rate = perMinute
	var err error
	if b.trigger, err = b.store.ReplaceTrigger(b.t.Context(), b.trigger); err != nil {
		b.t.Fatal(err)
	}
	return deliver.New(b.deps).Message
}
