package deliver

import (
	"context"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// recordTime is the most that it takes to record an attempt. An attempt that its
// invocation cannot record would be repeated.
const recordTime = 5 * time.Second

// leaseOf is the lease of an attempt at a target. It shortens a time-out that is longer than
// MaxTimeout, which was lowered since.
func (f *function) leaseOf(target *shipbell.Target) time.Duration {
	if target.Timeout == 0 {
		return f.Lease
	}
	target.Timeout = min(target.Timeout, max(1, int(f.MaxTimeout/time.Second)))
	return Lease(time.Duration(target.Timeout) * time.Second)
}

// longest is how long an attempt with a lease may take, and its record.
func longest(lease time.Duration) time.Duration { return lease - leaseMargin + recordTime }

// needs is how long it may take to prepare, make and record an attempt at a target without
// a time-out of its own.
func (f *function) needs() time.Duration { return prepareTime + longest(f.Lease) }

// enoughTime gives an error if ctx ends before an attempt could be prepared, made and
// recorded: the time of the invocation is too short for any, or its message came late.
func (f *function) enoughTime(ctx context.Context) error {
	if deadline, ends := ctx.Deadline(); ends && time.Until(deadline) < f.needs() {
		return fmt.Errorf("%v are left, and an attempt needs up to %v: give the function more time, or attempts less", time.Until(deadline).Round(time.Millisecond), f.needs())
	}
	return nil
}

// canRecord reports whether an attempt that begins now will be recorded before ctx ends.
func (f *function) canRecord(ctx context.Context, lease time.Duration) bool {
	deadline, ends := ctx.Deadline()
	return !ends || time.Until(deadline) >= longest(lease)
}

// whileTime is ctx as long as an attempt that begins can be recorded, and no longer than the
// lease of one.
func (f *function) whileTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ends := ctx.Deadline()
	if !ends {
		return context.WithCancel(ctx)
	}
	if end := time.Now().Add(f.Lease); end.Before(deadline) {
		deadline = end
	}
	return context.WithDeadline(ctx, deadline.Add(-longest(f.Lease)))
}

// putOff sends a message for another invocation, or for later in a process that has no
// end.
func (f *function) putOff(ctx context.Context, d *shipbell.Delivery) error {
	message, err := f.Store.Message(d, min(laneRetry, f.Queue.MaxDelay()))
	if err != nil {
		return err
	}
	return f.Queue.Send(ctx, message)[0]
}
