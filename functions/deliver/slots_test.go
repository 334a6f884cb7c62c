package deliver_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestSlots bounds the attempts to one target, and not those to another.
func TestSlots(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		var mu sync.Mutex
		under, most := map[string]int{}, map[string]int{}
		b.sender = func(d *shipbell.Delivery, _ shipbell.Target, _ int) shipbell.Outcome {
			mu.Lock()
			under[d.TargetURL]++
			most[d.TargetURL] = max(most[d.TargetURL], under[d.TargetURL])
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			under[d.TargetURL]--
			mu.Unlock()
			return shipbell.Outcome{StatusCode: 200}
		}
		b.deps.Sender, b.queue.noDelay = sequential{&mu, b}, true
		handle := deliver.New(b.deps).Message
		var all sync.WaitGroup
		began := time.Now()
		for range 6 {
			for _, d := range b.accept() {
				all.Go(func() {
					if err := handle(t.Context(), b.message(&d)); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		if diff := cmp.Diff(map[string]int{"http://one/": 2, "http://two/": 2}, most); diff != "" {
			t.Errorf("most at once (-want +got):\n%s", diff)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("6 deliveries of a second each took %v over 2 slots of each target", took)
		}
		if len(b.sent) != 12 {
			t.Errorf("sent %v", b.sent)
		}
	})
}

// TestFullLane is left at once: the delivery is not claimed, and its message comes back.
func TestFullLane(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.deps.TargetSlots = 1
		answer := make(chan shipbell.Outcome)
		b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome { return <-answer }
		handle := deliver.New(b.deps).Message
		first, second := b.accept()[0], b.accept()[0]
		done := make(chan error)
		go func() { done <- handle(t.Context(), b.message(&first)) }()
		synctest.Wait()
		began := time.Now()
		if err := handle(t.Context(), b.message(&second)); err != nil || time.Since(began) != 0 {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if got := b.stored(second); len(got.Attempts) != 0 {
			t.Errorf("it is claimed: %+v", got.Attempts)
		}
		if len(b.queue.messages) != 1 || b.queue.messages[0].Delay != time.Second {
			t.Errorf("sent %v", b.queue.messages)
		}
		answer <- shipbell.Outcome{StatusCode: 200}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// sequential notes what is sent by several goroutines at once.
type sequential struct {
	mu *sync.Mutex
	b  *bench
}

func (s sequential) Send(_ context.Context, d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome {
	s.mu.Lock()
	s.b.sent = append(s.b.sent, fmt.Sprintf("%s %d", target.URL, attempt))
	s.mu.Unlock()
	return s.b.sender(d, target, attempt)
}
