//go:build !race

package match_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// The race detector has sync.Pool forget at random, so that its memory is allocated again.
func TestSetMatchDoesNotAllocate(t *testing.T) {
	s := match.Compile(spread().triggers(1000))
	events := spread().events(1000)[:100]
	dst := make([]shipbell.Match, 0, 100)
	if n := testing.AllocsPerRun(10, func() {
		for i := range events {
			dst = s.Match(dst[:0], &events[i])
		}
	}); n > 0 {
		t.Errorf("%v allocations for 100 events", n)
	}
}
