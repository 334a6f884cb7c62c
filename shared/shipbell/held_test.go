package shipbell_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TestHold holds a delivery between its attempts, which its schedule's end does not move.
func TestHold(t *testing.T) {
	t.Parallel()
	h := begin(t)
	reason := text.Literal("why")
	h.attempt(refused)
	h.is(shipbell.Pending, 1, 10*time.Second)
	for range 2 {
		h.now = h.now.Add(30 * time.Second)
		if !h.Hold(h.now, h.now.Add(time.Minute), reason, twoWaits) || !h.Held() || h.HeldSince != noon.Add(31*time.Second) {
			t.Fatalf("held: %+v", h.Delivery)
		}
		h.is(shipbell.Pending, 1, time.Minute)
	}
	if h.HeldOut(noon.Add(109*time.Second), twoWaits) || !h.HeldOut(noon.Add(110*time.Second), twoWaits) {
		t.Error("it is not held out when its schedule ends, after 110 s")
	}
	h.attempt(refused) // with 100 s to wait, of which 48 are left
	if h.is(shipbell.Pending, 2, 48*time.Second); h.Held() {
		t.Errorf("held after an attempt: %+v", h.Delivery)
	}
	h.Redeliver(h.now)
	if !h.HeldSince.IsZero() || h.HeldOut(h.now.Add(time.Hour), twoWaits) {
		t.Errorf("held out after a redelivery: %+v", h.Delivery)
	}
	h.Hold(h.now, h.now.Add(time.Minute), reason, twoWaits)
	if h.HeldOut(h.now.Add(109*time.Second), twoWaits) || !h.HeldOut(h.now.Add(110*time.Second), twoWaits) {
		t.Error("a redelivery does not begin a schedule")
	}
	h.Release(h.now, h.now)
	if h.is(shipbell.Pending, 2, 0); h.Held() {
		t.Errorf("held after its release: %+v", h.Delivery)
	}
}

// TestHoldInterrupted holds a delivery whose process died during an attempt.
func TestHoldInterrupted(t *testing.T) {
	t.Parallel()
	h := begin(t)
	h.claim()
	h.now = h.now.Add(2 * lease)
	if !h.Hold(h.now, h.now.Add(time.Minute), text.Literal("why"), twoWaits) || h.Attempts[0].Error.Code != text.AttemptInterrupted || !h.LeaseUntil.IsZero() {
		t.Errorf("held: %+v", h.Delivery)
	}
	h.claim()
	h.claim()
	h.now = h.now.Add(2 * lease)
	if h.Hold(h.now, h.now.Add(time.Minute), text.Literal("why"), twoWaits) || h.Held() {
		t.Errorf("after its last attempt: %+v", h.Delivery)
	}
	h.is(shipbell.Failed, 3, 0)
}

// TestTimedOut tells time-outs from other failures.
func TestTimedOut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		outcome shipbell.Outcome
		want    bool
	}{
		{shipbell.Outcome{Error: text.New(text.TimeoutTotal, 15*time.Second)}, true},
		{shipbell.Outcome{Error: text.New(text.TimeoutAnswer)}, true},
		{shipbell.Outcome{Error: text.New(text.ConnectFailed, text.NetworkTimeout)}, true},
		{shipbell.Outcome{Error: text.New(text.TLSFailed, text.TLSHandshakeTimeout)}, true},
		{shipbell.Outcome{Error: text.New(text.ConnectFailed, text.ConnectionRefused)}, false},
		{refused, false}, {taken, false}, {gone, false},
	} {
		if got := test.outcome.TimedOut(); got != test.want {
			t.Errorf("%s: %t", test.outcome.Error, got)
		}
	}
}
