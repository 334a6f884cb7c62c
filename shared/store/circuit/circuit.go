// Package circuit stops attempts at a target that does not answer. After several failures
// in a row the circuit of the target opens: its deliveries are held, which uses no
// attempt. When the hold ends one delivery is sent as a probe. If that fails the next hold
// is twice as long; a delivery that the target takes closes the circuit.
//
// The state machine is pure: Circuit and Failures take the time and do no I/O. Records
// keeps circuits in the store, where all processes share them. A closed circuit has no
// record, so a target that answers costs no write.
package circuit

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const (
	// FirstHold is how long the first hold is; each later one is twice as long, up to
	// MaxHold.
	FirstHold = 30 * time.Second
	MaxHold   = 5 * time.Minute

	// Spread is the time over which the deliveries of a hold come due when it ends.
	Spread = 5 * time.Second
)

// State is what a circuit does with a delivery.
type State string

const (
	// Closed lets deliveries be attempted.
	Closed State = "closed"
	// Open holds them.
	Open State = "open"
	// Due lets the next one be attempted as the probe.
	Due State = "due"
	// Probing holds them while the probe is under way.
	Probing State = "probing"
)

// Circuit is the circuit of one target. The zero Circuit is closed.
type Circuit struct {
	// OpenedAt is when it opened, zero if it is closed.
	OpenedAt time.Time `json:"opened_at"`
	// Until is when the present hold ends, and Hold how long it is.
	Until time.Time     `json:"until"`
	Hold  time.Duration `json:"hold"`
	// ProbeUntil is when the probe has ended or its process has died; zero if there is
	// none.
	ProbeUntil time.Time `json:"probe_until,omitzero"`
	// Reason is how the last attempt failed.
	Reason text.Message `json:"reason"`
	// Pause counts towards pausing the target.
	Pause Pause `json:"pause,omitzero"`
	// Version is the one that the store holds, 0 if it has no record.
	Version int64 `json:"-"`
	// Unreadable tells that the record could not be decoded. The circuit counts as
	// closed.
	Unreadable bool `json:"-"`
}

// State is the state at now. A hold or probe that ends later than MaxHold and
// shipbell.MaxSkew from now was stored by a clock that was ahead, and counts as ended.
func (c Circuit) State(now time.Time) State {
	lasts := func(end time.Time) bool {
		return end.After(now) && !end.After(now.Add(MaxHold+shipbell.MaxSkew))
	}
	switch {
	case c.OpenedAt.IsZero():
		return Closed
	case lasts(c.ProbeUntil):
		return Probing
	case lasts(c.Until):
		return Open
	}
	return Due
}

// End is when the state at now ends by itself: the hold, or the probe under way. It is
// zero for a closed circuit.
func (c Circuit) End(now time.Time) time.Time {
	if c.State(now) == Probing {
		return c.ProbeUntil
	}
	return c.Until
}

// sweepTime is how long after a hold its deliveries are woken, if there are any, and one is
// sent as the probe: sweep runs once a minute in the clouds.
const sweepTime = 2 * time.Minute

// Holds reports whether the target has deliveries that are held or probed at now. The hold
// of a circuit whose target was removed, or for which nothing waits, ends without a probe.
func (c Circuit) Holds(now time.Time) bool {
	switch c.State(now) {
	case Open, Probing:
		return true
	case Due:
		return now.Sub(c.Until).Abs() < sweepTime
	}
	return false
}

// Opened is the circuit after the failure that opened it.
func (c Circuit) Opened(now time.Time, reason text.Message) Circuit {
	return Circuit{OpenedAt: now, Until: now.Add(FirstHold), Hold: FirstHold, Reason: reason, Version: c.Version}
}

// Probed is the circuit while a probe is under way, which ends by until.
func (c Circuit) Probed(now, until time.Time) Circuit {
	c.Until, c.ProbeUntil = now, until
	return c
}

// Failed is the circuit after a probe that failed.
func (c Circuit) Failed(now time.Time, reason text.Message) Circuit {
	c.Hold = min(2*max(c.Hold, FirstHold), MaxHold)
	c.Until, c.ProbeUntil, c.Reason = now.Add(c.Hold), time.Time{}, reason
	return c
}

// Busy is the circuit after a probe that found the target busy: it holds the others for as
// long as the target is to be left alone, at most MaxHold. The target answers, so what
// counts towards its pause begins anew.
func (c Circuit) Busy(now time.Time, wait time.Duration) Circuit {
	if !c.Paused() {
		c.Pause = Pause{}
	}
	c.Until, c.ProbeUntil = now.Add(min(wait, MaxHold)), time.Time{}
	return c
}

// Returned is the circuit after a probe of which nothing is known: no request was made, or
// the outcome tells nothing about the target. The next delivery is the probe.
func (c Circuit) Returned(now time.Time) Circuit {
	c.Until, c.ProbeUntil = now, time.Time{}
	return c
}

// Release is when a delivery accepted at a time is due again after a hold that ends at
// end. It is within Spread of the end, and the older a delivery is the earlier it comes.
func Release(end, accepted time.Time) time.Time {
	age := max(end.Sub(accepted), 0)
	return end.Add(time.Duration(float64(Spread) * float64(Spread) / float64(Spread+age)))
}

// What opens a circuit.
const (
	// MaxTimeouts is how many time-outs in a row do.
	MaxTimeouts = 5

	maxFailures = 20
	failingFor  = 30 * time.Second
)

// Failures counts the failures of one target in a row. The zero value has seen none.
type Failures struct {
	timeouts, all int
	since         time.Time
}

// Any reports whether the last attempt failed.
func (f Failures) Any() bool { return f.all > 0 }

// Count is how many there were.
func (f Failures) Count() int { return f.all }

// Add counts a failure that became known at now, and reports whether it opens the circuit:
// the 5th time-out in a row does, and the 20th failure in a row if the first was at
// least 30 s ago.
func (f *Failures) Add(now time.Time, timedOut bool) (opens bool) {
	if f.all == 0 || now.Before(f.since) {
		f.since = now
	}
	f.all++
	f.timeouts++
	if !timedOut {
		f.timeouts = 0
	}
	return f.timeouts >= MaxTimeouts || f.all >= maxFailures && now.Sub(f.since) >= failingFor
}
