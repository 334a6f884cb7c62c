package deliver_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/store/pace"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// withSlow gives the function a queue for targets that are not known to be quick.
func (b *bench) withSlow() (slow *outbox) {
	slow = &outbox{}
	b.deps.Slow, b.deps.Paces = slow, pace.NewRecords(b.store.Items())
	return slow
}

// first accepts an event, and gives its delivery to the first target.
func (b *bench) first() shipbell.Delivery {
	b.t.Helper()
	for _, d := range b.accept() {
		if d.TargetURL == "http://one/" {
			return d
		}
	}
	b.t.Fatal("no delivery to the first target")
	return shipbell.Delivery{}
}

// handle hands a message to a process.
func (b *bench) handle(process platform.Handlers, body []byte) {
	b.t.Helper()
	if err := process.Message(b.t.Context(), body); err != nil {
		b.t.Fatal(err)
	}
}

// learn has a process learn that the first target is quick.
func (b *bench) learn(process platform.Handlers, slow *outbox) {
	b.t.Helper()
	d := b.first()
	b.handle(process, b.message(&d))
	if len(slow.messages) != 1 {
		b.t.Fatalf("%d messages were moved, want 1", len(slow.messages))
	}
	b.handle(process, slow.messages[0].Body)
	slow.messages = nil
}

func quickly(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
	time.Sleep(200 * time.Millisecond)
	return shipbell.Outcome{StatusCode: 200, Duration: 200 * time.Millisecond}
}

// TestUnknownTargetIsTriedApart moves the first delivery to a target of which nothing is
// known to the slow queue, lets the others wait for what comes of it, in other processes
// too, and then attempts them where they are.
func TestUnknownTargetIsTriedApart(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		slow := b.withSlow()
		b.sender = quickly
		one, other := deliver.New(b.deps), deliver.New(b.deps)
		first, second, third := b.first(), b.first(), b.first()
		b.handle(one, b.message(&first))
		b.handle(one, b.message(&second))
		b.handle(other, b.message(&third))
		if len(slow.messages) != 1 || !store.IsSlow(slow.messages[0].Body) || slow.messages[0].Delay != 0 || slow.messages[0].Group != store.Group(&first) {
			t.Fatalf("moved %+v", slow.messages)
		}
		for _, m := range b.queue.messages {
			if store.IsSlow(m.Body) || m.Delay != 4500*time.Millisecond {
				t.Errorf("sent back %s, held back for %v", m.Body, m.Delay)
			}
		}
		if len(b.queue.messages) != 2 || len(b.sent) > 0 {
			t.Errorf("%d messages were sent back, and %q was attempted", len(b.queue.messages), b.sent)
		}
		b.handle(other, slow.messages[0].Body)
		time.Sleep(time.Second)
		b.handle(one, b.message(&second))
		b.handle(other, b.message(&third))
		for _, d := range []shipbell.Delivery{first, second, third} {
			if d = b.stored(d); d.Status != shipbell.Succeeded {
				t.Errorf("delivery %s is %s", d.ID, d.Status)
			}
		}
		if len(slow.messages) != 1 {
			t.Errorf("%d messages were moved", len(slow.messages))
		}
	})
}

// TestLateTargetIsSetApart has a target that was quick take long. A second after its attempt
// began no process makes another one of it beside others; when it answers quickly again,
// a minute later, it is as before.
func TestLateTargetIsSetApart(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		slow := b.withSlow()
		b.sender = quickly
		one, other := deliver.New(b.deps), deliver.New(b.deps)
		b.learn(one, slow)
		d := b.first()
		b.handle(other, b.message(&d)) // it has now seen the target answer
		time.Sleep(freshForTest)

		b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
			time.Sleep(10 * time.Second)
			return shipbell.Outcome{StatusCode: 200, Duration: 10 * time.Second}
		}
		var late sync.WaitGroup
		d = b.first()
		message := b.message(&d)
		late.Go(func() { b.handle(one, message) })
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		requests := len(b.sent)
		for _, process := range []platform.Handlers{one, other} {
			d := b.first()
			b.handle(process, b.message(&d))
		}
		if len(slow.messages) != 2 || len(b.sent) != requests {
			t.Errorf("%d messages were moved, %d requests more made", len(slow.messages), len(b.sent)-requests)
		}
		late.Wait()
		b.sender = quickly
		b.handle(one, slow.messages[0].Body)
		d = b.first()
		b.handle(one, b.message(&d)) // too soon
		if len(slow.messages) != 3 {
			t.Errorf("%d messages were moved, want 3", len(slow.messages))
		}
		time.Sleep(time.Minute)
		b.handle(other, slow.messages[1].Body)
		time.Sleep(freshForTest)
		d = b.first()
		b.handle(one, b.message(&d))
		if got := b.stored(d); got.Status != shipbell.Succeeded || len(slow.messages) != 3 {
			t.Errorf("the delivery is %s, %d messages were moved", got.Status, len(slow.messages))
		}
	})
}

// freshForTest is how long a process goes without asking the store for what it knows.
const freshForTest = time.Second

// TestHeldIsNotMoved holds a delivery where it is when the circuit of its target is open,
// and moves the one that is to be the probe.
func TestHeldIsNotMoved(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		slow := b.withSlow()
		process := deliver.New(b.deps)
		held, probe := b.first(), b.first()
		opened := circuit.Circuit{}.Opened(time.Now(), text.New(text.TimeoutTotal, 15*time.Second))
		if saved, err := b.deps.Circuits.Put(t.Context(), keyOf(held), &opened); !saved || err != nil {
			t.Fatal(saved, err)
		}
		b.handle(process, b.message(&held))
		if d := b.stored(held); len(slow.messages) > 0 || d.NextAttemptAt.Before(opened.Until) {
			t.Errorf("%d messages were moved, the delivery is due in %v", len(slow.messages), time.Until(d.NextAttemptAt))
		}
		time.Sleep(time.Until(opened.Until))
		b.handle(process, b.message(&probe))
		if len(slow.messages) != 1 || len(b.sent) > 0 {
			t.Errorf("%d messages were moved, %q was attempted", len(slow.messages), b.sent)
		}
	})
}

// TestTimeOutsOfAllProcessesOpenTheCircuit opens the circuit of a target when five attempts
// in a row have timed out, each in another process. A late answer begins the count anew.
func TestTimeOutsOfAllProcessesOpenTheCircuit(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.withSlow()
		late := shipbell.Outcome{StatusCode: 200, Duration: 3 * time.Second}
		for i, outcome := range []shipbell.Outcome{timedOut(), timedOut(), late, timedOut(), timedOut(), timedOut(), timedOut(), timedOut()} {
			b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
				time.Sleep(outcome.Duration)
				return outcome
			}
			d := b.first()
			m := store.SlowMessage(&d, 0)
			b.handle(deliver.New(b.deps), m.Body)
			c, err := b.deps.Circuits.Get(t.Context(), keyOf(d))
			if open := c.State(time.Now()) == circuit.Open; err != nil || open != (i == 7) {
				t.Errorf("after attempt %d the circuit is open: %t, %v", i+1, open, err)
			}
		}
	})
}

// TestPaceCosts counts what it costs to know that targets are quick: two writes for
// each, whatever it gets, and nothing where there is no queue to move messages to.
func TestPaceCosts(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"with": 2, "without": 0} {
		inBubble(t, func(t *testing.T, b *bench) {
			var mu sync.Mutex
			reads, writes := 0, 0
			b.deps.Store = store.New(store.Options{
				KV: storetest.Hooked{KV: b.kv, Before: func(method string, partitions ...string) {
					mu.Lock()
					defer mu.Unlock()
					switch {
					case !strings.HasPrefix(partitions[0], "pace/"):
					case method == "Write":
						writes++
					default:
						reads++
					}
				}},
				Sealer: plainSealer{}, Now: time.Now, Retention: time.Hour, MaxDelay: b.queue.MaxDelay(),
			})
			b.sender = quickly
			slow := b.withSlow()
			b.deps.Paces = pace.NewRecords(b.deps.Store.Items())
			if name == "without" {
				b.deps.Slow = nil
			}
			process := deliver.New(b.deps)
			if name == "with" {
				b.learn(process, slow)
			}
			for range 50 {
				d := b.first()
				b.handle(process, b.message(&d))
			}
			if writes != want || reads > 3 {
				t.Errorf("%s: %d writes, want %d, and %d reads", name, writes, want, reads)
			}
		})
	}
}
