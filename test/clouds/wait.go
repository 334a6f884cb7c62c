package clouds

import (
	"context"
	"sync"
	"testing"
	"time"
)

// Patience bounds every wait; none should come near it. Long bounds the waits for
// sweep, which leaves a new delivery alone for a minute.
const (
	Patience = 30 * time.Second
	Long     = 100 * time.Second
)

// Eventually asks for a condition until it holds. The test fails at once if that does
// not happen.
func Eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, Patience)
		}
	}
}

// Background does something beside the test, until the test ends and tells it by the
// context.
func Background(t testing.TB, do func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { do(ctx) })
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}
