package deliver_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
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
		b.deps.Sender = sequential{&mu, b}
		handle := deliver.New(b.deps)
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
