package shipbell_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TestBusyTargets has a delivery wait for a busy target outside its schedule, within
// bounds.
func TestBusyTargets(t *testing.T) {
	t.Parallel()
	busy := func(after time.Duration) shipbell.Outcome {
		return shipbell.Outcome{StatusCode: 429, Error: text.New(text.StatusNotSuccess, 429), Busy: true, RetryAfter: after}
	}
	h := begin(t)
	h.attempt(refused)
	h.now = h.NextAttemptAt
	for _, test := range []struct{ after, want time.Duration }{
		{0, time.Minute}, {time.Second, time.Minute}, {5 * time.Minute, 5 * time.Minute}, {time.Hour, 15 * time.Minute},
	} {
		before := h.AttemptCount()
		h.attempt(busy(test.after))
		h.is(shipbell.Pending, before+1, test.want)
		if !h.HeldBy(text.HeldTargetBusy) {
			t.Errorf("the reason is %q", h.Reason)
		}
		h.now = h.NextAttemptAt
	}
	h.attempt(refused) // the second failure of the schedule
	h.is(shipbell.Pending, 6, 100*time.Second)
	if h.Held() {
		t.Errorf("held for %q after a failure", h.Reason)
	}
	for h.now = h.NextAttemptAt; h.BusyAttempts < shipbell.MaxBusy; h.now = h.NextAttemptAt {
		h.attempt(busy(0))
	}
	if h.HeldOut(h.now, twoWaits) {
		t.Error("the waits for a busy target count as held time")
	}
	h.attempt(busy(0)) // one too many: the last failure of the schedule
	h.is(shipbell.Failed, 23, 0)

	h.Redeliver(h.now)
	h.attempt(busy(0))
	h.is(shipbell.Pending, 24, time.Minute)
	if h.now = h.NextAttemptAt; h.BusyAttempts != 1 || h.Waited != time.Minute {
		t.Errorf("a redelivery begins with %d busy attempts and %v", h.BusyAttempts, h.Waited)
	}
	for _, wait := range []time.Duration{10 * time.Second, 100 * time.Second} {
		before := h.AttemptCount()
		h.attempt(refused)
		h.is(shipbell.Pending, before+1, wait)
		h.now = h.NextAttemptAt
	}
}

// TestWaitForTurn has a delivery wait for its turn between its attempts: the end of its
// schedule moves, and what was interrupted is closed.
func TestWaitForTurn(t *testing.T) {
	t.Parallel()
	h := begin(t)
	reason := text.New(text.HeldForRate, 20)
	h.attempt(refused)
	h.now = h.now.Add(30 * time.Second)
	h.Hold(h.now, h.now.Add(time.Minute), text.Literal("why"), twoWaits)
	if !h.WaitForTurn(h.now, h.now.Add(10*time.Minute), reason, twoWaits) || !h.HeldBy(text.HeldForRate) || h.Waited != 10*time.Minute {
		t.Errorf("it waits: %+v", h.Delivery)
	}
	h.is(shipbell.Pending, 1, 10*time.Minute)
	end := noon.Add(110*time.Second + 10*time.Minute)
	if h.HeldOut(end.Add(-time.Second), twoWaits) || !h.HeldOut(end, twoWaits) {
		t.Error("the end of its schedule does not move")
	}
	h.now = h.NextAttemptAt
	h.claim()
	h.now = h.now.Add(2 * lease)
	if !h.WaitForTurn(h.now, h.now.Add(time.Minute), reason, twoWaits) || h.Attempts[1].Error.Code != text.AttemptInterrupted || !h.LeaseUntil.IsZero() {
		t.Errorf("interrupted: %+v", h.Delivery)
	}
	h.claim()
	h.now = h.now.Add(2 * lease)
	if h.WaitForTurn(h.now, h.now.Add(time.Minute), reason, twoWaits) {
		t.Errorf("after its last attempt: %+v", h.Delivery)
	}
	h.is(shipbell.Failed, 3, 0)
}
