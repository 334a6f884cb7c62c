package circuit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// TestCircuitStates follows circuits through their changes, and looks at the states over
// time.
func TestCircuitStates(t *testing.T) {
	t.Parallel()
	at := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }
	reason, later := text.Literal("timeout"), text.Literal("status 500")
	opened := circuit.Circuit{}.Opened(noon, reason)
	probed := opened.Probed(at(31), at(66))
	failed := probed.Failed(at(46), later)
	eighth := opened
	for range 8 {
		eighth = eighth.Failed(noon, later)
	}
	type point struct {
		after float64 // seconds since noon
		state circuit.State
	}
	for name, test := range map[string]struct {
		circuit circuit.Circuit
		states  []point
	}{
		"closed":                  {circuit.Circuit{}, []point{{-60, circuit.Closed}, {60, circuit.Closed}}},
		"open for 30 s":           {opened, []point{{0, circuit.Open}, {29.999, circuit.Open}, {30, circuit.Due}, {86400, circuit.Due}}},
		"probing":                 {probed, []point{{31, circuit.Probing}, {65.999, circuit.Probing}}},
		"the prober died":         {probed, []point{{66, circuit.Due}}},
		"the probe failed":        {failed, []point{{46, circuit.Open}, {105.999, circuit.Open}, {106, circuit.Due}}},
		"the eighth time":         {eighth, []point{{299.999, circuit.Open}, {300, circuit.Due}}},
		"a returned probe":        {probed.Returned(at(40)), []point{{40, circuit.Due}}},
		"of a clock ahead":        {circuit.Circuit{}.Opened(noon.Add(time.Hour), reason), []point{{0, circuit.Due}, {3600 - 300, circuit.Due}, {3600 - 284, circuit.Open}}},
		"probed by a clock ahead": {opened.Probed(noon.Add(time.Hour), noon.Add(time.Hour+35*time.Second)), []point{{0, circuit.Due}}},
		"with a wrong hold":       {circuit.Circuit{OpenedAt: noon, Hold: time.Hour}.Failed(noon, reason), []point{{299, circuit.Open}, {300, circuit.Due}}},
	} {
		for _, p := range test.states {
			if got := test.circuit.State(at(p.after)); got != p.state {
				t.Errorf("%s: %s %v s after noon, want %s", name, got, p.after, p.state)
			}
		}
	}
	want := circuit.Circuit{OpenedAt: noon, Until: at(106), Hold: time.Minute, Reason: later}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("after a failed probe (-want +got):\n%s", diff)
	}
	if got := []time.Time{opened.End(noon), probed.End(at(40)), probed.End(at(70))}; !slices.Equal(got, []time.Time{at(30), at(66), at(31)}) {
		t.Errorf("ends %v", got)
	}
}

// TestFailuresInARow counts what opens a circuit.
func TestFailuresInARow(t *testing.T) {
	t.Parallel()
	const timeout, refused = true, false
	repeat := func(n int, kinds ...bool) []bool { return slices.Repeat(kinds, n) }
	for name, test := range map[string]struct {
		every time.Duration
		kinds []bool
		opens int // the failure that opens the circuit, 0 if none does
	}{
		"4 time-outs":                        {time.Second, repeat(4, timeout), 0},
		"5 time-outs":                        {0, repeat(5, timeout), 5},
		"time-outs, not in a row":            {time.Second, repeat(4, timeout, timeout, refused), 0},
		"20 failures in a moment":            {0, repeat(40, refused), 0},
		"20 failures in 30 s":                {1600 * time.Millisecond, repeat(20, refused), 20},
		"failures each second":               {time.Second, repeat(40, refused), 31},
		"19 failures in an hour":             {time.Hour / 19, repeat(19, refused), 0},
		"failures with time-outs in between": {3 * time.Second, repeat(10, timeout, refused), 20},
		"a clock that is set back":           {-time.Second, repeat(40, refused), 0},
	} {
		var failures circuit.Failures
		opens := 0
		for i, kind := range test.kinds {
			if failures.Add(noon.Add(time.Duration(i)*test.every), kind) {
				opens = i + 1
				break
			}
		}
		if opens != test.opens {
			t.Errorf("%s: failure %d opens the circuit, want %d", name, opens, test.opens)
		}
	}
}

// TestRelease lets the older delivery come first, and all soon after the hold.
func TestRelease(t *testing.T) {
	t.Parallel()
	last := noon.Add(-1)
	for _, age := range []time.Duration{20 * time.Hour, time.Hour, 10 * time.Minute, time.Minute, 59 * time.Second, 30 * time.Second, time.Second, 0} {
		due := circuit.Release(noon, noon.Add(-age))
		if !due.After(last) || due.After(noon.Add(circuit.Spread)) {
			t.Errorf("a delivery of %v is due %v after the hold, the one before %v", age, due.Sub(noon), last.Sub(noon))
		}
		last = due
	}
	if got := circuit.Release(noon, noon.Add(time.Minute)); got != noon.Add(circuit.Spread) {
		t.Errorf("a delivery of a clock ahead is due %v after the hold", got.Sub(noon))
	}
}
