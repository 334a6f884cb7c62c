// Package deliver is the function that makes the attempts. It gets a message for each,
// and makes one HTTP request if the delivery is due and no other process has claimed it.
package deliver

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/store/pace"
	"github.com/shipbell/shipbell/shared/text"
)

// Deps are what the function needs.
type Deps struct {
	Store *store.Store
	Queue platform.Queue
	// Slow is a queue beside Queue, worked on apart from it, where deliveries to targets
	// that are not known to answer quickly are moved. It is nil on a platform where a slow
	// attempt holds up no other message.
	Slow   platform.Queue
	Sender shipbell.Sender
	// Circuits are those of the targets, shared by all processes.
	Circuits *circuit.Records
	// Paces are those of the targets, likewise. They are used only with a queue Slow.
	Paces *pace.Records
	// Schedule is the waits after failed attempts.
	Schedule shipbell.Schedule
	// Lease is how long an attempt may take, from its claim to its record: that of
	// func Lease. No call of the function may last longer on a platform where
	// another process can take over.
	Lease time.Duration
	// MaxTimeout is the longest time that a target's own time-out gives an attempt.
	MaxTimeout time.Duration
	// TargetSlots is the most attempts that may be under way at once for one target.
	TargetSlots int
	// ProcessStart is set by a platform of one process: claims made before then are
	// void. Zero elsewhere.
	ProcessStart time.Time
	// Stopping is closed when the process is to end. Deliveries that wait for a lane
	// then wait for the next start. It is nil where a process is not told of its end.
	Stopping <-chan struct{}
	// Metrics measures attempts; nil measures nothing.
	Metrics *metrics.Recorder
	Now     func() time.Time
	// Random draws from [0, 1) for the jitter of waits.
	Random func() float64
	Logger *slog.Logger
}

// early is how long before its due time a delivery may be attempted, so that a message
// that comes a little early does not wait for the next sweep.
const early = time.Second

// laneRetry is when a delivery that found the lane of its target full is tried again.
const laneRetry = time.Second

// leaseMargin is added to the time of an attempt, for clocks that differ and for its
// record.
const leaseMargin = shipbell.MaxSkew + prepareTime

// prepareTime is the most between the claim of an attempt and its request.
const prepareTime = 5 * time.Second

// Lease is the lease of attempts that take at most timeout.
func Lease(timeout time.Duration) time.Duration { return timeout + leaseMargin }

// function is Deps with what it keeps between messages.
type function struct {
	Deps
	slots    *slots
	circuits *circuits
	paces    *paces
	rates    *rates
	holding  chan struct{} // has a value while no delivery that is held may be stored
}

// New makes the function. An error of Message means that the store or the queue failed.
// The message may be handled again or dropped, because sweep will wake the delivery.
func New(d Deps) platform.Handlers {
	f := &function{Deps: d, slots: newSlots(d.TargetSlots, d.Stopping), circuits: newCircuits(d), paces: newPaces(d), rates: newRates(d), holding: make(chan struct{}, 1)}
	return platform.Handlers{Limit: max(d.Lease, Lease(d.MaxTimeout)), Needs: f.needs(), Message: f.deliver, Admit: f.slots.admit}
}

// deliver handles one message.
func (f *function) deliver(ctx context.Context, message []byte) error {
	if err := f.enoughTime(ctx); err != nil {
		return err
	}
	if store.IsBurst(message) {
		return f.closeBurst(ctx, message)
	}
	d, err := f.Store.Take(ctx, message)
	switch shipbell.KindOf(err) {
	case shipbell.NotFound: // it has expired, or was never acknowledged
		return nil
	case shipbell.Damaged: // it is set aside, and logged
		return nil
	}
	if err != nil {
		return err
	}
	if f.Slow != nil && !store.IsSlow(message) {
		if left, err := f.leaveToSlow(ctx, &d); left || err != nil {
			return err
		}
	}
	return f.attempt(ctx, &d)
}

// attempt makes the delivery's next attempt if it is due and not claimed.
func (f *function) attempt(ctx context.Context, d *shipbell.Delivery) error {
	now := f.Now()
	switch {
	case d.Status != shipbell.Pending, d.Leased(now, f.ProcessStart):
		return nil
	case d.LeaseUntil.IsZero() && d.Wait(now) > early:
		return f.wakeAgain(ctx, d, d.Wait(now))
	}
	place, err := f.enter(ctx, d)
	if place == nil {
		return err
	}
	defer place.release(nil)

	to, reason, err := f.Store.Destination(ctx, d)
	if err != nil {
		return err
	}
	now = f.Now()
	if reason != "" {
		f.stop(d, now, reason)
		return f.finish(ctx, d, shipbell.Outcome{})
	}
	attempt := f.circuits.attempt(d, to.Target.ID)
	attempt.lease = f.leaseOf(&to.Target)
	defer attempt.giveBack(ctx)
	attempt.schedule, attempt.pauseAfter = to.Retry.Schedule(f.Schedule), to.Target.PauseAfter()
	if ok, err := f.admitted(ctx, d, place, attempt, now); !ok {
		return err
	}
	if !f.canRecord(ctx, attempt.lease) {
		if attempt.lease > f.Lease && f.Queue.MaxDelay() == 0 {
			// This invocation would get its message again and again.
			d.Postpone(now, laneRetry)
			return f.finish(ctx, d, shipbell.Outcome{})
		}
		return f.putOff(ctx, d)
	}
	if attempt.probe == nil { // there is one probe at most in half a minute
		if waits, err := f.waitForTurn(ctx, d, to.Target, attempt.schedule); waits || err != nil {
			return err
		}
	}
	due := d.NextAttemptAt
	if !d.Claim(now, now.Add(attempt.lease), attempt.schedule) {
		return f.finish(ctx, d, shipbell.Outcome{})
	}
	// The process that saves the claim makes the attempt; others drop their message.
	if claimed, err := f.Store.Save(ctx, d); err != nil || !claimed {
		return err
	}
	f.Metrics.Begun(d, due, f.Now())
	return f.send(ctx, d, place, attempt)
}

// admitted reports whether the circuit of the target lets the attempt be made. Otherwise it
// has seen to what becomes of the delivery.
func (f *function) admitted(ctx context.Context, d *shipbell.Delivery, place *place, attempt *attempt, now time.Time) (ok bool, err error) {
	by, paused, err := attempt.paused(ctx, d)
	switch {
	case err != nil:
		return false, err
	case paused:
		endPaused(d, now, by)
		return false, f.finish(ctx, d, shipbell.Outcome{})
	case d.HeldOut(now, attempt.schedule):
		return true, nil
	}
	heldBy, ok, err := attempt.allowed(ctx)
	if ok || err != nil {
		return ok && err == nil, err
	}
	return false, f.hold(ctx, d, place, attempt, heldBy)
}

// enter takes a place in the lane of the delivery's target. A lane that is full is left
// at once, with a message for later; only where no message can be held back is it waited
// for, as long as there is time for an attempt. Without a place, nothing is left to do.
func (f *function) enter(ctx context.Context, d *shipbell.Delivery) (*place, error) {
	wait := f.Queue.MaxDelay() == 0
	waiting, cancel := f.whileTime(ctx)
	defer cancel()
	place := f.slots.enter(waiting, store.Group(d), wait)
	switch {
	case place != nil, ctx.Err() != nil:
		return place, context.Cause(ctx)
	case wait && waiting.Err() == nil: // the process ends
		return nil, nil
	}
	return nil, f.putOff(ctx, d)
}

// send makes the request of a claimed delivery and records what came of it.
func (f *function) send(ctx context.Context, d *shipbell.Delivery, place *place, attempt *attempt) error {
	// The trigger may have changed while the claim was stored.
	to, reason, err := f.Store.Destination(ctx, d)
	if err != nil || reason != "" {
		now := f.Now()
		d.Unclaim(now, laneRetry)
		if reason != "" {
			f.stop(d, now, reason)
		}
		return errors.Join(err, f.finish(ctx, d, shipbell.Outcome{}))
	}
	// Only now, when it has a slot: no more events are in memory than are being sent.
	if err := f.Store.LoadEvent(ctx, d); err != nil {
		now := f.Now()
		d.Unclaim(now, laneRetry)
		if shipbell.KindOf(err) == shipbell.NotFound {
			err = nil
			d.Cancel(now, text.CancelledEventExpired)
		}
		return errors.Join(err, f.finish(ctx, d, shipbell.Outcome{}))
	}
	// If the store took so long that the request could outlast the lease, another process
	// could make the next one meanwhile; if it could outlast the invocation, nobody would
	// record it.
	if now := f.Now(); now.Sub(d.ClaimedAt()) > prepareTime || !f.canRecord(ctx, d.LeaseUntil.Sub(d.ClaimedAt())) {
		d.Unclaim(now, laneRetry)
		return f.finish(ctx, d, shipbell.Outcome{})
	}
	d.Follow(to.Target)
	f.leaseOf(&to.Target)
	outcome, opens := f.request(ctx, d, to.Target)
	if outcome.Inexpressible {
		now := f.Now()
		d.Unclaim(now, 0)
		d.Cancel(now, outcome.Error.Code, outcome.Error.Args...)
		return f.finish(ctx, d, outcome)
	}
	f.Metrics.Attempt(outcome)
	heldBy := attempt.settle(ctx, outcome, opens)
	place.release(&outcome)

	now, schedule := f.Now(), attempt.schedule
	if d.HeldOut(now, schedule) {
		schedule = nil // it was the last
	}
	d.Record(now, outcome, schedule, f.Random())
	if d.Status == shipbell.Pending {
		// Nobody could cancel it while the attempt was under way.
		if _, reason, err := f.Store.Destination(ctx, d); err == nil && reason != "" && !repairable(reason) {
			d.Cancel(f.Now(), reason)
		} else if attempt.ends(d, heldBy) {
			endPaused(d, now, heldBy)
		} else if heldBy.State(now) == circuit.Open && d.NextAttemptAt.Before(heldBy.Until) {
			d.Hold(now, circuit.Release(heldBy.Until, d.CreatedAt), held(heldBy), attempt.schedule)
		}
	}
	return f.finish(ctx, d, outcome)
}

// A delivery whose trigger's or registry's record is damaged waits for somebody to
// repair it: repairWait between two looks, and until repairTime after its receipt. Then
// it is cancelled, so that it ends with a reason.
const (
	repairWait = 5 * time.Minute
	repairTime = 24 * time.Hour
)

func repairable(reason text.Code) bool {
	return reason == text.CancelledTriggerDamaged || reason == text.CancelledRegistryDamaged
}

// stop cancels a delivery that may not be sent, or lets it wait.
func (f *function) stop(d *shipbell.Delivery, now time.Time, reason text.Code) {
	if repairable(reason) && now.Sub(d.CreatedAt) < repairTime {
		d.Postpone(now, repairWait)
		return
	}
	d.Cancel(now, reason)
}
