package sweep_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/stats"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/fault"
	"github.com/shipbell/shipbell/test/storetest"
)

func TestOrphanIsFoundAfterGrace(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.expect("at the first sweep") // from now on a new delivery needs no due time
		all := b.accept(250)
		if due := b.due(); len(due) > 0 {
			t.Errorf("new deliveries have due times: %v", due)
		}
		ended := &all[10]
		ended.Cancel(time.Now(), "why")
		b.save(ended)
		lost := slices.Delete(slices.Clone(all), 10, 11)
		b.expect("at once")
		time.Sleep(store.Grace - time.Second)
		b.expect("just before Grace")
		if id := b.checkpoint(); id > all[0].ID {
			t.Errorf("the checkpoint is %s already, beyond %s", id, all[0].ID)
		}
		b.expectWithin(3*store.Grace/2, lost...)
		if id := b.checkpoint(); id <= all[249].ID {
			t.Errorf("the checkpoint is %q, not beyond %s", id, all[249].ID)
		}
		b.expect("again at once")
		b.counted(stats.Counts{Failing: 249, Cancelled: 1})

		// The messages are lost as well: there is a due time for that.
		b.expectWithin(store.Grace, lost...)
	})
}

func TestDue(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		fails := shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}
		after := func(d *shipbell.Delivery, wait time.Duration) {
			schedule := shipbell.Schedule{wait}
			d.Claim(time.Now(), time.Now().Add(time.Minute), schedule)
			b.save(d)
			d.Record(time.Now(), fails, schedule, 0.5)
			b.save(d)
		}
		all := b.accept(3)
		short, long, claimed := all[0], all[1], all[2]
		after(&short, 5*time.Second) // its message is in the queue
		after(&long, time.Hour)      // too long for the queue
		time.Sleep(40 * time.Second)
		claimed.Claim(time.Now(), time.Now().Add(30*time.Second), shipbell.Schedule{time.Second})
		b.save(&claimed)
		b.expect("while the lease lasts")
		time.Sleep(30 * time.Second)
		b.expect("when it has ended and a message was lost", short, claimed)
		time.Sleep(time.Hour - 71*time.Second)
		b.expect("just before the long wait is over", short, claimed)
		time.Sleep(2 * time.Second)
		b.expect("when it is over", long)
	})
}

// TestRefill starts a process on what another left behind.
func TestRefill(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		schedule := shipbell.Schedule{10 * time.Minute, 5 * time.Hour}
		fails := shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}
		all := b.accept(5)
		fresh, waiting, later, claimed, ended := all[0], all[1], all[2], all[3], all[4]
		for _, d := range []*shipbell.Delivery{&waiting, &later, &claimed} {
			d.Claim(time.Now(), time.Now().Add(time.Minute), schedule)
			b.save(d)
		}
		for _, d := range []*shipbell.Delivery{&waiting, &later} {
			d.Record(time.Now(), fails, schedule, 0.5)
		}
		later.Claim(time.Now(), time.Now().Add(time.Minute), schedule)
		later.Record(time.Now(), fails, schedule, 0.5)
		ended.Cancel(time.Now(), "why")
		for _, d := range []*shipbell.Delivery{&waiting, &later, &ended} {
			b.save(d)
		}
		time.Sleep(time.Second)
		refill := b.deps
		refill.Refill, refill.ProcessStart = true, time.Now()
		for kill := range 3 {
			time.Sleep(time.Second)
			refill.ProcessStart = time.Now()
			got := map[shipbell.DeliveryID]time.Duration{}
			for _, m := range b.sweep(refill) {
				got[m.ID] += m.Delay.Truncate(time.Minute)
			}
			want := map[shipbell.DeliveryID]time.Duration{fresh.ID: 0, waiting.ID: 9 * time.Minute, claimed.ID: 0}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("start %d (-want +got):\n%s", kill, diff)
			}
			// The process claims one and dies. Nothing but the next start can tell.
			d, err := b.store.Delivery(t.Context(), "default", fresh.ID)
			if err != nil {
				t.Fatal(err)
			}
			d.Claim(time.Now(), time.Now().Add(time.Minute), shipbell.Schedule{1, 1, 1, 1, 1})
			b.save(&d)
		}
		if id := b.checkpoint(); id > fresh.ID {
			t.Errorf("the checkpoint %s has passed deliveries that are younger than Grace", id)
		}
		// Nor are they counted before they are a minute old.
		d, err := b.store.Delivery(t.Context(), "default", fresh.ID)
		if err != nil {
			t.Fatal(err)
		}
		d.Record(time.Now(), shipbell.Outcome{StatusCode: 200}, nil, 0.5)
		b.save(&d)
		b.pass(2 * store.Grace)
		b.counted(stats.Counts{Succeeded: 1, Failing: 3, Cancelled: 1})
	})
}

// TestRefillLeavesWhatIsBeingSent refills while the process makes attempts already: their
// outcomes can be stored.
func TestRefillLeavesWhatIsBeingSent(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.sweep(b.deps) // from now on a new delivery needs no due time
		before := b.accept(2)
		time.Sleep(time.Second)
		refill := b.deps
		refill.Refill, refill.ProcessStart = true, time.Now()
		after := b.accept(1)
		claimed := []*shipbell.Delivery{&before[0], &after[0]}
		for _, d := range claimed {
			d.Claim(time.Now(), time.Now().Add(35*time.Second), shipbell.Schedule{time.Hour})
			b.save(d)
		}
		if woken := b.sweep(refill); len(woken) != 1 || woken[0].ID != before[1].ID {
			t.Errorf("woken are %v, want %s alone", woken, before[1].ID)
		}
		for _, d := range claimed {
			d.Record(time.Now(), shipbell.Outcome{StatusCode: 200}, nil, 0.5)
			b.save(d)
		}
	})
}

func TestTwoSweepsAtOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		all := b.accept(300)
		time.Sleep(store.Grace)
		for round := range 3 {
			var sweeps sync.WaitGroup
			for range 4 {
				deps := b.deps
				deps.Store = b.over(b.kv)
				sweeps.Go(func() {
					if err := sweep.New(deps)(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			sweeps.Wait()
			count := map[shipbell.DeliveryID]int{}
			for _, m := range b.queue.take() {
				count[m.ID]++
			}
			for _, d := range all {
				if count[d.ID] != 1 {
					t.Errorf("round %d: delivery %s was woken %d times", round, d.ID, count[d.ID])
				}
			}
			time.Sleep(store.Grace + time.Second)
		}
		b.counted(stats.Counts{Failing: 300})
	})
}

// TestSweepThatFails sweeps until all is woken over a store that fails now and
// then. What it got done before a failure counts.
func TestSweepThatFails(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				all := b.accept(250)
				time.Sleep(store.Grace)
				deps := b.deps
				deps.Store = b.over(fault.KV{KV: b.kv, Faults: fault.New(rand.New(rand.NewPCG(seed, 0)), 0.2, 0)})
				woken := map[shipbell.DeliveryID]bool{}
				sweeps, failures := 0, 0
				for ; len(woken) < len(all) && sweeps < 200; sweeps++ {
					if err := sweep.New(deps)(t.Context()); err != nil {
						failures++
					}
					for _, m := range b.queue.take() {
						woken[m.ID] = true
					}
					time.Sleep(time.Second)
				}
				b.pass(2 * store.Grace)
				if len(woken) < len(all) {
					t.Errorf("%d of %d woken in %d sweeps, of which %d failed", len(woken), len(all), sweeps, failures)
				}
				b.counted(stats.Counts{Failing: len(all)})
			})
		})
	}
}

// TestDeadline gives a sweep little time: it ends in order, and the next goes on
// where it stopped.
func TestDeadline(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		all := b.accept(400)
		time.Sleep(store.Grace)
		deps := b.deps
		deps.Store = b.over(slow{b.kv, 900 * time.Millisecond})
		call := sweep.New(deps)
		woken := map[shipbell.DeliveryID]bool{}
		sweeps := 0
		for ; len(woken) < len(all) && sweeps < 50; sweeps++ {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			began := time.Now()
			if err := call(ctx); err != nil {
				t.Errorf("a sweep that is out of time fails: %v", err)
			}
			if took := time.Since(began); took > 9*time.Second {
				t.Errorf("a sweep of 10 s took %v", took)
			}
			cancel()
			for _, m := range b.queue.take() {
				if woken[m.ID] {
					t.Errorf("delivery %s was woken twice", m.ID)
				}
				woken[m.ID] = true
			}
		}
		if len(woken) < len(all) || sweeps < 2 {
			t.Errorf("%d of %d woken in %d sweeps", len(woken), len(all), sweeps)
		}
		b.pass(2 * store.Grace)
		b.counted(stats.Counts{Failing: len(all)})
	})
}

// TestClaimedAtAnyAge claims deliveries at every age in a process that dies at once,
// while the clock of sweep is ahead by nearly half of Grace: each is woken again,
// although the store gives recent ones no due time.
func TestClaimedAtAnyAge(t *testing.T) {
	t.Parallel()
	const step, lease = 5 * time.Second, 10 * time.Second
	inBubble(t, func(t *testing.T, b *bench) {
		begin := time.Now()
		b.deps.Now = func() time.Time { return time.Now().Add(store.Grace/2 - step) }
		all := b.accept(int(2 * store.Grace / step))
		ended := map[shipbell.DeliveryID]time.Time{} // when the lease of the claim did
		woken := map[shipbell.DeliveryID]bool{}
		for i := range 2 * len(all) {
			if i < len(all) {
				d, err := b.store.Delivery(t.Context(), "default", all[i].ID)
				if err != nil {
					t.Fatal(err)
				}
				ended[d.ID] = time.Now().Add(lease)
				d.Claim(time.Now(), ended[d.ID], shipbell.Schedule{time.Second})
				b.save(&d)
			}
			for _, m := range b.sweep(b.deps) {
				if until, claimed := ended[m.ID]; claimed && b.deps.Now().After(until) {
					woken[m.ID] = true
				}
			}
			time.Sleep(step)
		}
		for _, d := range all {
			if !woken[d.ID] {
				t.Errorf("the delivery that was claimed at an age of %v is forgotten", ended[d.ID].Sub(begin)-lease)
			}
		}
	})
}

// TestAcceptedSlowly accepts deliveries over a slow store while sweep looks at later
// ones: what is acknowledged is found, because Accept gives up in time.
func TestAcceptedSlowly(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{store.Grace / 10, store.Grace / 2, store.Grace + 10*time.Second} {
		inBubble(t, func(t *testing.T, b *bench) {
			b.sweep(b.deps)
			behind := b.over(slow{b.kv, takes})
			var acknowledged []shipbell.Delivery
			var group sync.WaitGroup
			group.Go(func() {
				e := shipbell.Event{ID: "slow", Action: shipbell.PushImage}
				of := shipbell.Trigger{ID: 1, Targets: []shipbell.Target{{URL: "http://one/"}}}
				_, made, err := storetest.Accept(t.Context(), behind, "default", &e, storetest.Matching(shipbell.Match{Trigger: &of}))
				if err == nil {
					acknowledged = made
				}
			})
			time.Sleep(time.Second)
			b.accept(1)
			woken := map[shipbell.DeliveryID]bool{}
			for range 36 {
				time.Sleep(store.Grace / 12)
				for _, m := range b.sweep(b.deps) {
					woken[m.ID] = true
				}
			}
			group.Wait()
			for _, d := range acknowledged {
				if !woken[d.ID] {
					t.Errorf("a delivery that took %v to write was acknowledged and is forgotten", takes)
				}
			}
		})
	}
}
