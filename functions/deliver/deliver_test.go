package deliver_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
)

// TestMessage hands one message about a delivery in every state to the function.
func TestMessage(t *testing.T) {
	t.Parallel()
	claim := func(ago time.Duration) func(*bench, shipbell.Delivery) shipbell.Delivery {
		return func(b *bench, d shipbell.Delivery) shipbell.Delivery {
			began := time.Now().Add(-ago)
			if !d.Claim(began, began.Add(lease), schedule()) {
				b.t.Fatal("the claim ends the delivery")
			}
			return b.save(d)
		}
	}
	change := func(do func(*bench) error) func(*bench, shipbell.Delivery) shipbell.Delivery {
		return func(b *bench, d shipbell.Delivery) shipbell.Delivery {
			if err := do(b); err != nil {
				b.t.Fatal(err)
			}
			return d
		}
	}
	type want struct {
		Status   shipbell.Status
		Reason   string
		Sent     []string
		Errors   []string
		Messages int
	}
	interrupted := text.New(text.AttemptInterrupted).String()
	sent, again := []string{"http://one/ 1"}, []string{"http://one/ 2"}
	for name, test := range map[string]struct {
		before func(*bench, shipbell.Delivery) shipbell.Delivery
		alone  bool
		want   want
	}{
		"new": {want: want{shipbell.Succeeded, "", sent, []string{""}, 0}},
		"early": {func(b *bench, d shipbell.Delivery) shipbell.Delivery {
			d.NextAttemptAt = time.Now().Add(time.Minute)
			return b.save(d)
		}, false, want{shipbell.Pending, "", nil, nil, 1}},
		"a little early": {func(b *bench, d shipbell.Delivery) shipbell.Delivery {
			d.NextAttemptAt = time.Now().Add(time.Second)
			return b.save(d)
		}, false, want{shipbell.Succeeded, "", sent, []string{""}, 0}},
		"due beyond what the queue can hold": {func(b *bench, d shipbell.Delivery) shipbell.Delivery {
			d.NextAttemptAt = time.Now().Add(time.Hour)
			return b.save(d)
		}, false, want{shipbell.Pending, "", nil, nil, 0}},
		"to wait, by a clock that was set back": {func(b *bench, d shipbell.Delivery) shipbell.Delivery {
			ahead := time.Now().Add(time.Hour)
			d.Claim(ahead, ahead.Add(lease), schedule())
			d.Record(ahead, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, schedule(), 0)
			return b.save(d)
		}, false, want{shipbell.Succeeded, "", again, []string{"status 500", ""}, 0}},
		"claimed by a clock that was set back": {claim(-time.Hour), false, want{shipbell.Succeeded, "", again, []string{interrupted, ""}, 0}},
		"claimed by another":                   {claim(time.Second), false, want{shipbell.Pending, "", nil, []string{""}, 0}},
		"claimed by a process that died":       {claim(time.Second), true, want{shipbell.Succeeded, "", again, []string{interrupted, ""}, 0}},
		"claimed longer ago than the lease":    {claim(lease), false, want{shipbell.Succeeded, "", again, []string{interrupted, ""}, 0}},
		"interrupted at its last attempt": {func(b *bench, d shipbell.Delivery) shipbell.Delivery {
			for range len(schedule()) {
				d.Claim(time.Now(), time.Now().Add(lease), schedule())
				d.Record(time.Now(), shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}, schedule(), 0)
			}
			return claim(lease)(b, d)
		}, false, want{shipbell.Failed, "", nil, []string{"status 500", "status 500", "status 500", interrupted}, 0}},
		"ended": {func(b *bench, d shipbell.Delivery) shipbell.Delivery {
			d.Cancel(time.Now(), "why")
			return b.save(d)
		}, false, want{shipbell.Cancelled, "why", nil, nil, 0}},
		"of a disabled trigger": {change(func(b *bench) error {
			b.trigger.Enabled = false
			_, err := b.store.ReplaceTrigger(b.t.Context(), b.trigger)
			return err
		}), false, want{shipbell.Cancelled, "the trigger is disabled", nil, nil, 0}},
		"of a deleted trigger": {change(func(b *bench) error {
			return b.store.DeleteTrigger(b.t.Context(), "default", b.trigger.ID)
		}), false, want{shipbell.Cancelled, "the trigger was deleted", nil, nil, 0}},
		"of a target that was taken out": {change(func(b *bench) error {
			b.trigger.Targets = b.trigger.Targets[1:]
			_, err := b.store.ReplaceTrigger(b.t.Context(), b.trigger)
			return err
		}), false, want{shipbell.Cancelled, "the trigger has no such target any more", nil, nil, 0}},
		"of a deleted registry": {change(func(b *bench) error {
			return errors.Join(b.store.DeleteTrigger(b.t.Context(), "default", b.trigger.ID), b.store.DeleteRegistry(b.t.Context(), "default"))
		}), false, want{shipbell.Cancelled, "the registry was deleted", nil, nil, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				d := b.accept()[0]
				if test.before != nil {
					d = test.before(b, d)
				}
				if test.alone {
					b.deps.ProcessStart = time.Now()
				}
				if err := deliver.New(b.deps).Message(t.Context(), b.message(&d)); err != nil {
					t.Error(err)
				}
				d = b.stored(d)
				got := want{Status: d.Status, Reason: d.Reason.String(), Sent: b.sent, Messages: len(b.queue.messages)}
				for _, a := range d.Attempts {
					got.Errors = append(got.Errors, a.Error.String())
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestMessageAboutNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		handle := deliver.New(b.deps).Message
		gone := shipbell.Delivery{ID: shipbell.FirstDeliveryID(time.Now()), Registry: "default"}
		if err := handle(t.Context(), b.message(&gone)); err != nil {
			t.Errorf("a delivery that is not there: %v", err)
		}
		expired := b.accept()[0]
		time.Sleep(20 * time.Minute)
		if err := handle(t.Context(), b.message(&expired)); err != nil || b.sent != nil {
			t.Errorf("a delivery that has expired: %v, sent %v", err, b.sent)
		}
		if err := handle(t.Context(), []byte("?")); err == nil {
			t.Error("a message that cannot be read gives no error")
		}
		d := b.accept()[0]
		b.faults.Stop()
		if err := handle(t.Context(), b.message(&d)); shipbell.KindOf(err) != shipbell.Unavailable || b.sent != nil {
			t.Errorf("a store that does not answer: %v, sent %v", err, b.sent)
		}
	})
}

// TestSchedule follows a delivery that always fails through its schedule.
func TestSchedule(t *testing.T) {
	t.Parallel()
	for name, full := range map[string]bool{"the queue holds the waits": false, "the queue is full": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				b.queue.full = full
				b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
					time.Sleep(2 * time.Second)
					return shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Response: "sorry", Duration: 2 * time.Second}
				}
				handle := deliver.New(b.deps).Message
				d := b.accept()[0]
				for i, wait := range append(schedule(), 0) {
					if err := handle(t.Context(), b.message(&d)); err != nil {
						t.Fatal(err)
					}
					d = b.stored(d)
					want := shipbell.Attempt{Number: i + 1, StartedAt: d.Attempts[i].StartedAt, DurationMS: 2000, StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Response: "sorry"}
					if !cmp.Equal(d.Attempts[i], want) {
						t.Errorf("attempt %+v, want %+v", d.Attempts[i], want)
					}
					if wait == 0 {
						break
					}
					if got := time.Until(d.NextAttemptAt); got != wait {
						t.Errorf("the wait after attempt %d is %v, want %v", i+1, got, wait)
					}
					if !full && (len(b.queue.messages) != i+1 || b.queue.messages[i].Delay != wait) {
						t.Errorf("messages %+v", b.queue.messages)
					}
					time.Sleep(wait)
				}
				if d.Status != shipbell.Failed || len(b.sent) != len(schedule())+1 {
					t.Errorf("%s after %v", d.Status, b.sent)
				}
			})
		})
	}
}

// TestTriggerChangesMeanwhile disables the trigger while one attempt is under way
// and another delivery waits for its place.
func TestTriggerChangesMeanwhile(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.deps.TargetSlots, b.queue.noDelay = 1, true
		answers := make(chan shipbell.Outcome)
		b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome { return <-answers }
		handle := deliver.New(b.deps).Message
		var all sync.WaitGroup
		run := func() shipbell.Delivery {
			d := b.accept()[0]
			all.Go(func() {
				if err := handle(t.Context(), b.message(&d)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
			return d
		}
		running, waiting := run(), run()
		if got := b.stored(waiting); len(got.Attempts) != 0 {
			t.Fatalf("it is claimed before it has a place: %+v", got.Attempts)
		}
		b.trigger.Enabled = false
		if _, err := b.store.ReplaceTrigger(t.Context(), b.trigger); err != nil {
			t.Fatal(err)
		}
		answers <- shipbell.Outcome{StatusCode: 200}
		all.Wait()
		if got := b.stored(running); got.Status != shipbell.Succeeded || len(b.sent) != 1 {
			t.Errorf("the one that was sent before: %s, %v", got.Status, b.sent)
		}
		if got := b.stored(waiting); got.Status != shipbell.Cancelled || got.Reason.Code != text.CancelledTriggerDisabled || len(got.Attempts) != 0 {
			t.Errorf("%s, %q, %+v", got.Status, got.Reason, got.Attempts)
		}
	})
}

// TestStopping ends the process while some wait for their turn.
func TestStopping(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		stopping := make(chan struct{})
		b.deps.TargetSlots, b.deps.Stopping, b.queue.noDelay = 1, stopping, true
		answer := make(chan struct{})
		b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
			<-answer
			return shipbell.Outcome{StatusCode: 200}
		}
		handle := deliver.New(b.deps).Message
		var all sync.WaitGroup
		var deliveries []shipbell.Delivery
		for range 5 {
			d := b.accept()[0]
			deliveries = append(deliveries, d)
			all.Go(func() {
				if err := handle(t.Context(), b.message(&d)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		close(stopping)
		synctest.Wait()
		close(answer)
		all.Wait()
		statuses := map[shipbell.Status]int{}
		for _, d := range deliveries {
			d = b.stored(d)
			statuses[d.Status]++
			if d.Status == shipbell.Pending && (len(d.Attempts) > 0 || !d.LeaseUntil.IsZero()) {
				t.Errorf("what was not sent is claimed: %+v", d)
			}
		}
		if diff := cmp.Diff(map[shipbell.Status]int{shipbell.Succeeded: 1, shipbell.Pending: 4}, statuses); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestTriggerOfAMomentAgo delivers for a trigger that another process made while
// the rules that this one keeps counted as fresh.
func TestTriggerOfAMomentAgo(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		b.deps.Store = store.New(store.Options{KV: b.kv, Sealer: plainSealer{}, Now: time.Now, Retention: 20 * time.Minute})
		if _, err := b.deps.Store.Rules(t.Context(), "default"); err != nil {
			t.Fatal(err)
		}
		made := b.trigger
		made.Name, made.Targets = "new", []shipbell.Target{{URL: "http://new/"}}
		if _, err := b.store.CreateTrigger(t.Context(), made); err != nil {
			t.Fatal(err)
		}
		handle := deliver.New(b.deps).Message
		for _, d := range b.accept() {
			if err := handle(t.Context(), b.message(&d)); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Contains(b.sent, "http://new/ 1") {
			t.Errorf("sent %q, want also that of the new trigger", b.sent)
		}
	})
}
