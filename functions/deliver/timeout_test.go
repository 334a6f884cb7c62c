package deliver_test

import (
	"context"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// timeout has the first target of the bench's trigger set a time-out of its own.
func (b *bench) timeout(seconds int) {
	b.t.Helper()
	changed := b.trigger.Clone()
	changed.Targets[0].Timeout = seconds
	var err error
	if b.trigger, err = b.store.ChangeTrigger(b.t.Context(), b.trigger, changed); err != nil {
		b.t.Fatal(err)
	}
}

// TestLeaseOfATargetsOwnTimeout: the lease of an attempt is as long as the target's time-out
// needs, and a time-out beyond the longest is cut.
func TestLeaseOfATargetsOwnTimeout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		seconds int
		sent    int
		lease   time.Duration
	}{
		{0, 0, lease}, {40, 40, deliver.Lease(40 * time.Second)}, {55, 50, deliver.Lease(50 * time.Second)},
	} {
		inBubble(t, func(t *testing.T, b *bench) {
			b.timeout(tt.seconds)
			d := b.accept()[0]
			b.deps.MaxTimeout = 50 * time.Second
			b.sender = func(sent *shipbell.Delivery, target shipbell.Target, _ int) shipbell.Outcome {
				if got := sent.LeaseUntil.Sub(sent.ClaimedAt()); got != tt.lease || target.Timeout != tt.sent {
					t.Errorf("time-out %d: lease %v, sent with %d; want %v, %d", tt.seconds, got, target.Timeout, tt.lease, tt.sent)
				}
				return shipbell.Outcome{StatusCode: 200}
			}
			if err := deliver.New(b.deps).Message(t.Context(), b.message(&d)); err != nil {
				t.Fatal(err)
			}
			if len(b.sent) != 1 {
				t.Errorf("requests %q", b.sent)
			}
		})
	}
}

// TestNoTimeForATargetsOwnTimeout: an attempt that this invocation could not record waits for
// another one; where no message can be held back, for sweep.
func TestNoTimeForATargetsOwnTimeout(t *testing.T) {
	t.Parallel()
	for _, noDelay := range []bool{false, true} {
		inBubble(t, func(t *testing.T, b *bench) {
			b.timeout(40)
			d := b.accept()[0]
			b.deps.MaxTimeout, b.deps.Queue = 50*time.Second, &outbox{noDelay: noDelay}
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
			defer cancel()
			if err := deliver.New(b.deps).Message(ctx, b.message(&d)); err != nil {
				t.Fatal(err)
			}
			messages := len(b.deps.Queue.(*outbox).messages)
			if got := b.stored(d); len(b.sent) != 0 || got.Status != shipbell.Pending || got.AttemptCount() != 0 || (messages == 0) != noDelay {
				t.Errorf("no delay %v: requests %q, %d messages, %s after %d attempts", noDelay, b.sent, messages, got.Status, got.AttemptCount())
			}
			if err := deliver.New(b.deps).Message(t.Context(), b.message(&d)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			again := b.stored(d)
			if err := deliver.New(b.deps).Message(t.Context(), b.message(&again)); err != nil {
				t.Fatal(err)
			}
			if len(b.sent) != 1 {
				t.Errorf("no delay %v: requests %q with time enough", noDelay, b.sent)
			}
		})
	}
}
