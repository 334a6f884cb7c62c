package fleet

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"
)

// Patience bounds every wait; none should come near it.
const Patience = 30 * time.Second

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

// Tick calls do every so often until the test ends.
func Tick(t testing.TB, every time.Duration, do func()) {
	Background(t, func(ctx context.Context) {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				do()
			}
		}
	})
}

// Percentile is one of durations, which it sorts.
func Percentile(all []time.Duration, percent int) time.Duration {
	slices.Sort(all)
	return all[min(len(all)*percent/100, len(all)-1)].Round(10 * time.Microsecond)
}
