package circuit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

// TestPause counts failures at a target that is to be paused.
func TestPause(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	every := func(gap time.Duration, n int) []time.Duration { return slices.Repeat([]time.Duration{gap}, n) }
	for name, test := range map[string]struct {
		after    time.Duration
		opened   int             // how many failures opened the circuit
		gaps     []time.Duration // before each later failure, by the clock of its process
		warned   []int           // what was warned of, in this order
		paused   int             // the failure after which the target is paused, 0 if none
		failures int
		failing  time.Duration
	}{
		"off":                          {0, 20, every(5*time.Minute, 2000), nil, 0, 0, 0},
		"a probe each five minutes":    {120 * hour, 5, every(5*time.Minute, 1500), []int{50, 70, 90}, 1440, 1445, 120 * hour},
		"just not long enough":         {120 * hour, 20, every(5*time.Minute, 1439), []int{50, 70, 90}, 0, 1459, 120*hour - 5*time.Minute},
		"long enough, but 19 attempts": {hour, 5, every(10*time.Minute, 14), []int{50, 70, 90}, 0, 19, 140 * time.Minute},
		"and the 20th":                 {hour, 5, every(10*time.Minute, 15), []int{50, 70, 90}, 15, 20, 150 * time.Minute},
		"one attempt a day":            {120 * hour, 5, every(24*hour, 20), []int{50, 70, 90}, 20, 25, 120 * hour},
		"a clock that jumps ahead":     {120 * hour, 20, every(240*hour, 1), nil, 0, 21, 6 * hour},
		"and is set right":             {120 * hour, 20, []time.Duration{5 * time.Minute, 240 * hour, -240 * hour, time.Minute}, nil, 0, 2, time.Minute},
		"two clocks in turns":          {hour, 20, slices.Repeat([]time.Duration{240 * hour, -240 * hour}, 100), nil, 0, 1, 0},
		"clocks that hardly differ":    {hour, 20, slices.Repeat([]time.Duration{5 * time.Minute, -10 * time.Second}, 6), []int{50}, 0, 32, 30 * time.Minute},
	} {
		now := noon
		c := circuit.Circuit{}.Opened(now, text.Literal("why")).Counted(now, test.opened, test.after)
		var warned []int
		paused := 0
		for i, gap := range test.gaps {
			now = now.Add(gap)
			before := c.Pause.Warned
			if c = c.Failed(now, text.Literal("why")).Counted(now, 1, test.after); c.Pause.Warned > before {
				warned = append(warned, c.Pause.Warned)
			}
			if c.Paused() {
				paused = i + 1
				break
			}
		}
		if !slices.Equal(warned, test.warned) || paused != test.paused || c.Pause.Failures != test.failures || c.Pause.Failing != test.failing {
			t.Errorf("%s: warned of %v, paused by failure %d; %d failures in %v", name, warned, paused, c.Pause.Failures, c.Pause.Failing)
		}
	}
}

// TestPauseEnds follows a paused circuit, and what ends its count.
func TestPauseEnds(t *testing.T) {
	t.Parallel()
	half := circuit.Circuit{}.Opened(noon, text.Literal("why")).Counted(noon, 10, time.Hour)
	half.Pause.Failing = 50 * time.Minute
	if got := half.PausePercent(); got != 50 {
		t.Errorf("%d percent after half of the attempts", got)
	}
	busy, off := half.Busy(noon, time.Minute), half.Counted(noon, 1, 0)
	if busy.Pause != (circuit.Pause{}) || off.Pause != (circuit.Pause{}) {
		t.Errorf("after a busy answer %+v, without the option %+v", busy.Pause, off.Pause)
	}
	paused := half.Counted(noon.Add(20*time.Minute), 10, time.Hour)
	if !paused.Paused() || paused.PausePercent() != 100 {
		t.Fatalf("not paused: %+v", paused)
	}
	later := noon.Add(time.Hour)
	again := paused.Probed(later, later.Add(time.Minute)).Failed(later, text.Literal("why")).Counted(later, 1, time.Hour).Busy(later, time.Minute)
	if again.Pause != paused.Pause {
		t.Errorf("failures of redelivered ones change the pause: %+v", again.Pause)
	}
	if off := paused.Counted(later, 1, 0); off.Paused() {
		t.Error("without the option the target stays paused")
	}
}
