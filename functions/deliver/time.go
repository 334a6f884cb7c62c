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

// longest is how long an attempt may take, and its record.
func (f *function) longest() time.Duration { return f.Lease - leaseMargin + recordTime }

// needs is how long it may take to prepare, make and record an attempt.
func (f *function) needs() time.Duration { return prepareTime + f.longest() }

// enoughTime gives an error if ctx ends before an attempt could be prepared, made and
// recorded: the time of the invocation is too short for any, or its message came late.
func (f *function) enoughTime(ctx context.Context) error {
	if deadline, ends := ctx.Deadline(); ends && time.Until(deadline) < f.needs() {
		return fmt.Errorf("%v are left, and an attempt needs up to %v: give the function more time, or attempts less", time.Until(deadline).Round(time.Millisecond), f.needs())
	}
	return nil
}

// canRecord reports whether an attempt that begins now will be recorded before ctx ends.
func (f *function) canRecord(ctx context.Context) bool {
	deadline, ends := ctx.Deadline()
	return !ends || time.Until(deadline) >= f.longest()
}

// whileTime is ctx as long as an attempt that begins can be recorded.
func (f *function) whileTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ends := ctx.Deadline()
	if !ends {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-f.longest()))
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
