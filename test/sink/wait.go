package sink

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Wait waits until n requests have been received and returns all that were by
// then. The test fails at once if they do not come within the timeout.
func (s *Sink) Wait(t testing.TB, n int, timeout time.Duration) []*Received {
	t.Helper()
	received, ok := s.await(timeout, func(received []*Received) bool { return len(received) >= n })
	if !ok {
		t.Fatalf("sink: %d requests within %s, want %d%s", len(received), timeout, n, list(received))
	}
	return received
}

// WaitFor waits until cond is true of the requests received and returns them.
// It asks again whenever a request comes or ends; cond may not call the sink.
// The test fails at once if that does not happen within the timeout.
func (s *Sink) WaitFor(t testing.TB, cond func([]*Received) bool, timeout time.Duration) []*Received {
	t.Helper()
	received, ok := s.await(timeout, cond)
	if !ok {
		t.Fatalf("sink: not what was awaited after %s, but %d requests%s", timeout, len(received), list(received))
	}
	return received
}

// WaitIdle waits until no request is in flight.
func (s *Sink) WaitIdle(t testing.TB, timeout time.Duration) {
	t.Helper()
	// await holds the lock while it asks.
	if received, ok := s.await(timeout, func([]*Received) bool { return s.inFlight == 0 }); !ok {
		t.Fatalf("sink: requests still in flight after %s, of these%s", timeout, list(received))
	}
}

// await waits for cond on the condition variable; a timer wakes it at the end.
func (s *Sink) await(timeout time.Duration, cond func([]*Received) bool) ([]*Received, bool) {
	expired := false
	timer := time.AfterFunc(timeout, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		expired = true
		s.changed.Broadcast()
	})
	defer timer.Stop()

	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if cond(slices.Clip(s.received)) {
			return slices.Clone(s.received), true
		}
		if expired {
			return slices.Clone(s.received), false
		}
		s.changed.Wait()
	}
}

func list(received []*Received) string {
	var b strings.Builder
	for _, r := range received {
		fmt.Fprintf(&b, "\n\t%s", r)
	}
	return b.String()
}
