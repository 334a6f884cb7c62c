package shipbell

import (
	"context"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// Attempt is one HTTP request made for a delivery.
type Attempt struct {
	// Number counts from 1 without holes.
	Number     int       `json:"number"`
	StartedAt  time.Time `json:"started_at"`
	DurationMS int64     `json:"duration_ms"`
	// StatusCode is 0 when no answer came.
	StatusCode int          `json:"status_code"`
	Error      text.Message `json:"error"`
	// Response is the beginning of the answer's body, at most 1 KiB of valid UTF-8. Only
	// the first failed attempt and the last attempt keep it.
	Response string `json:"response"`
	// Answer names the Response where the store keeps it beside the delivery, or is "".
	Answer string `json:"-"`
	// Manual is set for the first attempt after a redelivery.
	Manual bool `json:"manual,omitempty"`
	// Test is set for the attempt of a test.
	Test bool `json:"-"`
	// Exchange is what was seen of the request, nil if nothing is known. It is kept where
	// the Response is.
	Exchange *Exchange `json:"exchange,omitempty"`
}

// failed reports whether the attempt has ended without success.
func (a *Attempt) failed() bool { return !a.Error.IsZero() }

// Sender makes one request to a target. A target's failure is in the outcome.
type Sender interface {
	Send(ctx context.Context, d *Delivery, target Target, attempt int) Outcome
}

// Outcome is what came of sending one request.
type Outcome struct {
	Duration   time.Duration
	StatusCode int
	// Error is zero for an answer by which the target took the delivery, and else says what
	// went wrong without naming secrets.
	Error    text.Message
	Response string
	// Exchange is nil if no request was made.
	Exchange *Exchange
	// RetryAfter is how long the target asked to be left alone, or 0.
	RetryAfter time.Duration
	// Final means that no later attempt can do better: the answer is one of
	// Options.Permanent, or the request may not or cannot be sent.
	Final bool
	// Busy means that the target has too much to do: see Busy.
	Busy bool
	// Inexpressible means that no request was made, because the target's format cannot
	// express the event; Error says what of it.
	Inexpressible bool
}

// Succeeded reports whether the target took the delivery: it answered, as Options.Success
// has it.
func (o Outcome) Succeeded() bool { return o.StatusCode != 0 && o.Error.IsZero() }

// TimedOut reports whether the target took all the time that it may take, or all that
// connecting to it may.
func (o Outcome) TimedOut() bool { return timedOut(o.Error) }

func timedOut(m text.Message) bool {
	isTimeout := func(m text.Message) bool {
		switch m.Code {
		case text.TimeoutTotal, text.TimeoutAnswer, text.NetworkTimeout, text.TLSHandshakeTimeout:
			return true
		}
		return false
	}
	// The first argument of a message about a connection says what it failed of.
	if len(m.Args) > 0 {
		if cause, ok := m.Args[0].(text.Message); ok && isTimeout(cause) {
			return true
		}
	}
	return isTimeout(m)
}

// keptAttempts is how many attempts are kept from each end of a long history.
const keptAttempts = 20

// AttemptCount is how many attempts have begun.
func (d *Delivery) AttemptCount() int {
	if len(d.Attempts) == 0 {
		return 0
	}
	return d.Attempts[len(d.Attempts)-1].Number
}

// Claim begins the next attempt and leases the delivery until the given time.
// An earlier attempt that was never recorded is closed as interrupted; if that
// was the schedule's last, the delivery ends instead and Claim returns false.
// The caller has checked that the delivery is pending, due and not leased.
func (d *Delivery) Claim(now, until time.Time, schedule Schedule) bool {
	if d.endInterrupted(now, schedule) {
		return false
	}
	d.Reason = text.Message{}
	d.Attempts = append(d.Attempts, Attempt{Number: d.AttemptCount() + 1, StartedAt: now, Manual: d.manual()})
	if len(d.Attempts) > 2*keptAttempts {
		d.Attempts = append(d.Attempts[:keptAttempts:keptAttempts], d.Attempts[keptAttempts+1:]...)
	}
	d.LeaseUntil, d.UpdatedAt, d.NextAttemptAt = until, now, until
	return true
}

// endInterrupted closes an attempt that was never recorded, and ends the delivery if that
// was the schedule's last.
func (d *Delivery) endInterrupted(now time.Time, schedule Schedule) (ended bool) {
	if d.LeaseUntil.IsZero() {
		return false
	}
	d.Attempts[len(d.Attempts)-1].Error = text.New(text.AttemptInterrupted)
	d.LeaseUntil, d.Reason = time.Time{}, text.Message{}
	if ended = d.Delivered || d.used() > len(schedule); ended {
		d.end(now, Failed)
	}
	return ended
}

// used is how many attempts of the present schedule have begun, without those for which
// the target was busy.
func (d *Delivery) used() int { return d.AttemptCount() - d.PriorAttempts - d.BusyAttempts }

// waitForBusy has the delivery wait for a target that is busy, outside its schedule. It
// reports false, and changes nothing, if it has waited often or long enough.
func (d *Delivery) waitForBusy(now time.Time, retryAfter time.Duration) bool {
	wait := min(max(BusyWait, retryAfter), MaxBusyWait)
	if d.BusyAttempts >= MaxBusy || d.Waited+wait > MaxWaited {
		return false
	}
	d.BusyAttempts++
	d.Waited += wait
	d.Reason = text.New(text.HeldTargetBusy)
	d.LeaseUntil, d.UpdatedAt, d.NextAttemptAt = time.Time{}, now, now.Add(wait)
	return true
}

// Unclaim takes back a claim for which no request was made: the attempt does not
// count, and the delivery is due again after a wait.
func (d *Delivery) Unclaim(now time.Time, wait time.Duration) {
	d.Attempts = d.Attempts[:len(d.Attempts)-1]
	d.LeaseUntil, d.UpdatedAt, d.NextAttemptAt = time.Time{}, now, now.Add(wait)
}

// Record closes the attempt under way with its outcome and decides what is
// next: the end, or a wait drawn from the schedule with random in [0, 1).
func (d *Delivery) Record(now time.Time, o Outcome, schedule Schedule, random float64) {
	last := &d.Attempts[len(d.Attempts)-1]
	last.DurationMS = o.Duration.Milliseconds()
	last.StatusCode, last.Error, last.Response, last.Exchange = o.StatusCode, o.Error, o.Response, o.Exchange
	d.dropResponses()
	if o.Succeeded() {
		d.Delivered = true
		d.end(now, Succeeded)
		return
	}
	if o.Busy && d.waitForBusy(now, o.RetryAfter) {
		return
	}
	wait, again := schedule.Wait(d.used(), random, o.RetryAfter)
	if o.Final || !again || d.Delivered {
		d.end(now, Failed)
		return
	}
	d.LeaseUntil, d.UpdatedAt, d.NextAttemptAt = time.Time{}, now, now.Add(wait)
	if end := d.scheduleEnd(schedule); !d.HeldSince.IsZero() && d.NextAttemptAt.After(end) {
		d.NextAttemptAt = end // the last attempt, because held time counts
	}
}

// dropResponses keeps the response texts of the first failed attempt and of the last
// attempt: between them they say what a target answers, and all of them together would
// make the record of a delivery many times as large.
func (d *Delivery) dropResponses() {
	first := slices.IndexFunc(d.Attempts, func(a Attempt) bool { return a.failed() })
	for i := range len(d.Attempts) - 1 {
		if i != first {
			d.Attempts[i].Response, d.Attempts[i].Answer, d.Attempts[i].Exchange = "", "", nil
		}
	}
}
