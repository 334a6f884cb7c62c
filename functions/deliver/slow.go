package deliver

import (
	"context"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// leaveToSlow moves the message about a delivery that is due to the queue Slow if the
// target is not known to be quick, so that it holds up none of those that are. What
// is only held is not moved: that takes no time.
func (f *function) leaveToSlow(ctx context.Context, d *shipbell.Delivery) (left bool, err error) {
	now := f.Now()
	if d.Status != shipbell.Pending || d.Leased(now, f.ProcessStart) || d.Wait(now) > early {
		return false, nil
	}
	if quick, err := f.paces.quick(ctx, d); quick || err != nil {
		return false, err
	}
	heldOut, err := f.heldOut(ctx, d)
	if err != nil {
		return false, err
	}
	if !heldOut {
		if holds, err := f.circuits.holds(ctx, d); holds || err != nil {
			return false, err
		}
	}
	delay, err := f.paces.try(ctx, d)
	if err != nil {
		return false, err
	}
	if delay == 0 {
		return true, f.Slow.Send(ctx, store.SlowMessage(d, 0))[0]
	}
	m, err := f.Store.Message(d, delay)
	if err != nil {
		return false, err
	}
	return true, f.Queue.Send(ctx, m)[0]
}

// heldOut reports whether a delivery's next attempt is made whatever its target's circuit
// says. Only one that was held asks for the waits of its trigger.
func (f *function) heldOut(ctx context.Context, d *shipbell.Delivery) (bool, error) {
	if d.HeldSince.IsZero() {
		return false, nil
	}
	to, _, err := f.Store.Destination(ctx, d)
	return err == nil && d.HeldOut(f.Now(), to.Retry.Schedule(f.Schedule)), err
}

// request makes the request. It measures it where that matters; opens is then what
// paces.watch tells.
func (f *function) request(ctx context.Context, d *shipbell.Delivery, target shipbell.Target) (o shipbell.Outcome, opens bool) {
	if f.Slow == nil {
		return f.Sender.Send(ctx, d, target, d.AttemptCount()), false
	}
	end := f.paces.watch(ctx, d)
	o = f.Sender.Send(ctx, d, target, d.AttemptCount())
	return o, end(o)
}
