package circuit

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Pause is how near a target that only fails is to being paused, which its option says
// after how long it is. The zero Pause counts nothing.
type Pause struct {
	// After is what the option said at the last failure.
	After time.Duration `json:"after,omitempty"`
	// Failures is how many attempts failed since the target last took a delivery, and
	// Failing for how long it has done nothing else, up to LastAt, the last of them.
	Failures int           `json:"failures,omitempty"`
	Failing  time.Duration `json:"failing,omitempty"`
	LastAt   time.Time     `json:"last_at,omitzero"`
	// Warned is the last share that was warned of, in percent.
	Warned int `json:"warned,omitempty"`
	// Since is when the target was paused, zero if it is not.
	Since time.Time `json:"since,omitzero"`
}

const (
	// MinFailures is how many attempts fail at least before a target is paused.
	MinFailures = 20

	// minStep is how long two failures may at least be apart so that the whole time
	// between them counts: longer than a hold and its probe take.
	minStep = 2 * MaxHold
)

// FirstWarning is the first share, in percent, that is warned of.
const FirstWarning = 50

// warnings are all of them.
func warnings() []int { return []int{FirstWarning, 70, 90} }

// Paused reports whether the target is paused.
func (c Circuit) Paused() bool { return !c.Pause.Since.IsZero() }

// PausePercent is how near the target is to being paused, in percent: the share of the
// time or of the attempts, whichever is less. It is 0 if it is not to be paused.
func (c Circuit) PausePercent() int {
	p := c.Pause
	switch {
	case c.Paused():
		return 100
	case p.After <= 0:
		return 0
	}
	return int(min(100*p.Failing/p.After, 100*time.Duration(p.Failures)/MinFailures, 100))
}

// Counted is the circuit after n more attempts failed, the last at now, at a target that is
// to be paused after a time; 0 is never, and counts nothing.
//
// No clock pauses a target at once. The time between two failures counts up to a twentieth
// of the whole, or minStep. What was counted by a clock that was ahead counts no more.
func (c Circuit) Counted(now time.Time, n int, after time.Duration) Circuit {
	p := &c.Pause
	switch {
	case after <= 0:
		*p = Pause{}
		return c
	case c.Paused():
		return c
	case p.Failures == 0, p.LastAt.After(now.Add(shipbell.MaxSkew)):
		*p = Pause{Failures: n, LastAt: now, Warned: p.Warned}
	default:
		p.Failures += n
		p.Failing += min(max(now.Sub(p.LastAt), 0), max(after/MinFailures, minStep))
		p.LastAt = now
	}
	p.After = after
	percent := c.PausePercent()
	for _, share := range warnings() {
		if percent >= share {
			p.Warned = max(p.Warned, share)
		}
	}
	if percent == 100 {
		p.Since = now
	}
	return c
}

// How long a record is kept after its hold. A target without deliveries for that time
// starts anew, and so does one that nobody resumes for pausedExpiry.
const (
	expiry       = 24 * time.Hour
	pausedExpiry = 365 * 24 * time.Hour
)

func (c Circuit) expires() time.Time {
	if c.Paused() {
		return c.Until.Add(pausedExpiry)
	}
	return c.Until.Add(expiry + c.Pause.After)
}
