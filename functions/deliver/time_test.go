package deliver_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
)

// slowTarget takes its time, and counts the requests of each delivery.
type slowTarget struct {
	takes time.Duration
	mu    sync.Mutex
	all   map[shipbell.DeliveryID]int
}

func (s *slowTarget) Send(_ context.Context, d *shipbell.Delivery, _ shipbell.Target, _ int) shipbell.Outcome {
	s.mu.Lock()
	s.all[d.ID]++
	s.mu.Unlock()
	time.Sleep(s.takes)
	return shipbell.Outcome{StatusCode: 200, Duration: s.takes}
}

// mailbox is an outbox for many goroutines.
type mailbox struct {
	mu  sync.Mutex
	out outbox
}

func (m *mailbox) Send(ctx context.Context, messages ...platform.Message) []error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.out.Send(ctx, messages...)
}

func (m *mailbox) MaxDelay() time.Duration { return m.out.MaxDelay() }

func (m *mailbox) take() []platform.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.out.messages
	m.out.messages = nil
	return all
}

// TestNoAttemptThatCannotBeRecorded hands a hundred messages for a target that needs four
// seconds to invocations of 30 s, in which a delivery waits for the lane of its target, and
// leaves what no time is left for to the next one: each request is recorded by the
// invocation that made it.
func TestNoAttemptThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	for name, noDelay := range map[string]bool{"a queue without delay": true, "a queue with delay": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				queue := &mailbox{out: outbox{noDelay: noDelay}}
				target := &slowTarget{takes: 4 * time.Second, all: map[shipbell.DeliveryID]int{}}
				deps := b.deps
				deps.Queue, deps.Sender = queue, target
				handle := deliver.New(deps).Message
				var all []shipbell.Delivery
				var messages [][]byte
				for range 50 {
					for _, d := range b.accept() {
						all, messages = append(all, d), append(messages, b.message(&d))
					}
				}
				invocations := 0
				for ; len(messages) > 0 && invocations < 40; invocations++ {
					ctx, cancel := context.WithTimeout(t.Context(), 29500*time.Millisecond)
					var group sync.WaitGroup
					for _, body := range messages {
						group.Go(func() {
							if err := handle(ctx, body); err != nil {
								t.Error(err)
							}
						})
					}
					group.Wait()
					if ctx.Err() != nil {
						t.Error("it worked longer than the invocation lasts")
					}
					cancel()
					messages = nil
					for _, m := range queue.take() {
						messages = append(messages, m.Body)
					}
					for _, d := range all {
						if got := b.stored(d); target.all[d.ID] != len(got.Attempts) || got.Status == shipbell.Pending && len(got.Attempts) > 0 {
							t.Errorf("invocation %d: delivery %s was requested %d times, and has %d attempts and is %s", invocations, d.ID, target.all[d.ID], len(got.Attempts), got.Status)
						}
					}
				}
				if len(messages) > 0 {
					t.Errorf("after %d invocations %d messages are left", invocations, len(messages))
				}
			})
		})
	}
}

// TestInvocationTooShort gives a function less time than an attempt can take: nothing is
// requested, nothing is sent again at once, and the error says what to change.
func TestInvocationTooShort(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		d := b.accept()[0]
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		err := deliver.New(b.deps).Message(ctx, b.message(&d))
		if err == nil || !strings.Contains(err.Error(), "20s are left, and an attempt needs up to 25s") {
			t.Errorf("the error is %v", err)
		}
		if len(b.sent)+len(b.queue.messages) > 0 {
			t.Errorf("requests %q, %d messages", b.sent, len(b.queue.messages))
		}
	})
}

// slowCalls takes a time for each read and for each write.
type slowCalls struct {
	platform.KV
	reads, writes time.Duration
}

func (s *slowCalls) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	time.Sleep(s.reads)
	return s.KV.Get(ctx, keys...)
}

func (s *slowCalls) Write(ctx context.Context, writes ...platform.Write) []error {
	time.Sleep(s.writes)
	return s.KV.Write(ctx, writes...)
}

// TestSlowClaimLeavesNoTime stores a claim slowly, though in time for its lease: the attempt
// could outlast the invocation, so the claim is taken back, and the attempt is made by
// another invocation under its own number.
func TestSlowClaimLeavesNoTime(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		d := b.accept()[0]
		kv := &slowCalls{b.kv, 900 * time.Millisecond, 3 * time.Second}
		deps := b.deps
		deps.Store = store.New(store.Options{KV: kv, Sealer: plainSealer{}, Now: time.Now, Retention: 20 * time.Minute, MaxDelay: b.queue.MaxDelay()})
		deps.Circuits = circuit.NewRecords(deps.Store.Items())
		target := &slowTarget{takes: 15 * time.Second, all: map[shipbell.DeliveryID]int{}}
		deps.Sender = target
		handle := deliver.New(deps).Message
		for _, want := range []int{0, 1} {
			ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
			if err := handle(ctx, b.message(&d)); err != nil {
				t.Fatal(err)
			}
			cancel()
			if got := b.stored(d); target.all[d.ID] != want || len(got.Attempts) != want {
				t.Errorf("%d requests, attempts %+v, want %d", target.all[d.ID], got.Attempts, want)
			}
			kv.reads, kv.writes = 0, 0
			time.Sleep(2 * time.Second)
		}
	})
}
