package deliver

import (
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TestShareGrowsAndHalves has a lane's share grow by one with each answer while work
// waits, up to its bound, and halved by time-outs, down to where it began.
func TestShareGrowsAndHalves(t *testing.T) {
	answer := shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)}
	timeout := shipbell.Outcome{Error: text.New(text.TimeoutAnswer)}
	refused := shipbell.Outcome{Error: text.New(text.ConnectFailed, text.ConnectNotPossible)}
	s := newSlots(20, nil)
	used := s.enter(t.Context(), "lane", false)
	admitted := func() int {
		n := 0
		for s.admit("lane", n) {
			n++
		}
		return n
	}
	attempts := func(n int, outcome shipbell.Outcome, waits bool) {
		for range n {
			p := s.enter(t.Context(), "lane", false)
			if waits {
				admitted()
			}
			p.release(&outcome)
		}
	}
	for _, step := range []struct {
		name    string
		n       int
		outcome shipbell.Outcome
		waits   bool
		want    int
	}{
		{"at first", 0, answer, false, 8},
		{"answers while nothing waits", 5, answer, false, 9}, // it was found full above
		{"answers while work waits", 5, answer, true, 14},
		{"answers up to the bound", 50, answer, true, 20},
		{"connections refused", 5, refused, true, 20},
		{"a time-out", 1, timeout, true, 10},
		{"time-outs", 5, timeout, true, 8},
		{"and answers again", 2, answer, true, 10},
	} {
		attempts(step.n, step.outcome, step.waits)
		if got := admitted(); got != step.want {
			t.Errorf("%s: a share of %d, want %d", step.name, got, step.want)
		}
	}
	used.release(nil)
	if got := admitted(); got != 10 {
		t.Errorf("between two deliveries: a share of %d, want 10", got)
	}
	attempts(1, timeout, false)
	if len(s.lanes) != 0 {
		t.Error("a lane that nobody uses, with its first share, is kept")
	}
}
