// Package deliver is the function that makes the attempts. It gets a message for each,
// and makes one HTTP request if the delivery is due and no other process has claimed it.
package deliver

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// Deps are what the function needs.
type Deps struct {
	Store  *store.Store
	Queue  platform.Queue
	Sender shipbell.Sender
	// Schedule is the waits after failed attempts.
	Schedule shipbell.Schedule
	// Lease is how long an attempt may take, from its claim to its record: that of
	// func Lease. No call of the function may last longer on a platform where
	// another process can take over.
	Lease time.Duration
	// TargetSlots is the most attempts that may be under way at once for one target.
	TargetSlots int
	// ProcessStart is set by a platform of one process: claims made before then are
	// void. Zero elsewhere.
	ProcessStart time.Time
	// Stopping is closed when the process is to end. Deliveries that wait for a lane
	// then wait for the next start. It is nil where a process is not told of its end.
	Stopping <-chan struct{}
	Now      func() time.Time
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
const leaseMargin = shipbell.MaxSkew + 5*time.Second

// Lease is the lease of attempts that take at most timeout.
func Lease(timeout time.Duration) time.Duration { return timeout + leaseMargin }

// function is Deps with what it keeps between messages.
type function struct {
	Deps
	slots *slots
}

// New makes the function. An error means that the store or the queue failed. The message
// may be handled again or dropped, because sweep will wake the delivery.
func New(d Deps) func(ctx context.Context, message []byte) error { return newFunction(d).deliver }

func newFunction(d Deps) *function {
	return &function{Deps: d, slots: newSlots(d.TargetSlots, d.Stopping)}
}

// deliver handles one message.
func (f *function) deliver(ctx context.Context, message []byte) error {
	registry, id, err := store.ParseMessage(message)
	if err != nil {
		return err
	}
	d, err := f.Store.Take(ctx, registry, id)
	if shipbell.KindOf(err) == shipbell.NotFound {
		return nil // it has expired, or was never acknowledged
	}
	if err != nil {
		return err
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
		return f.wakeAgain(ctx, d, now)
	}
	place, err := f.enter(ctx, d)
	if place == nil {
		return err
	}
	defer place.release(nil)

	_, reason, err := f.Store.Destination(ctx, d)
	if err != nil {
		return err
	}
	now = f.Now()
	if reason != "" {
		d.Cancel(now, reason)
		return f.finish(ctx, d, shipbell.Outcome{})
	}
	if !d.Claim(now, now.Add(f.Lease), f.Schedule) {
		return f.finish(ctx, d, shipbell.Outcome{})
	}
	// The process that saves the claim makes the attempt; others drop their message.
	if claimed, err := f.Store.Save(ctx, d); err != nil || !claimed {
		return err
	}
	return f.send(ctx, d, place)
}

// enter takes a place in the lane of the delivery's target. A lane that is full is left
// at once, with a message for later; only where no message can be held back is it waited
// for. Without a place, nothing is left to do.
func (f *function) enter(ctx context.Context, d *shipbell.Delivery) (*place, error) {
	delay := min(laneRetry, f.Queue.MaxDelay())
	place := f.slots.enter(ctx, store.Group(d), delay == 0)
	if place != nil || delay == 0 {
		return place, context.Cause(ctx)
	}
	message, err := store.Message(d, delay)
	if err != nil {
		return nil, err
	}
	return nil, f.Queue.Send(ctx, message)[0]
}

// send makes the request of a claimed delivery and records what came of it.
func (f *function) send(ctx context.Context, d *shipbell.Delivery, place *place) error {
	// The trigger may have changed while the claim was stored.
	target, reason, err := f.Store.Destination(ctx, d)
	if err != nil || reason != "" {
		now := f.Now()
		d.Unclaim(now, laneRetry)
		if reason != "" {
			d.Cancel(now, reason)
		}
		return errors.Join(err, f.finish(ctx, d, shipbell.Outcome{}))
	}
	d.Follow(target)
	outcome := f.Sender.Send(ctx, d, target, d.AttemptCount())
	place.release(&outcome)

	d.Record(f.Now(), outcome, f.Schedule, f.Random())
	if d.Status == shipbell.Pending {
		// Nobody could cancel it while the attempt was under way.
		if _, reason, err := f.Store.Destination(ctx, d); err == nil && reason != "" {
			d.Cancel(f.Now(), reason)
		}
	}
	return f.finish(ctx, d, outcome)
}

// finish stores what became of the delivery and sees to its next attempt.
func (f *function) finish(ctx context.Context, d *shipbell.Delivery, outcome shipbell.Outcome) error {
	saved, err := f.Store.Save(ctx, d)
	f.log(ctx, d, outcome, saved && err == nil)
	if err != nil || !saved {
		return err
	}
	if d.Status == shipbell.Pending {
		return f.wakeAgain(ctx, d, f.Now())
	}
	return nil
}

// wakeAgain sends a message for when the delivery is due. A wait that is longer
// than the queue can hold is left to sweep.
func (f *function) wakeAgain(ctx context.Context, d *shipbell.Delivery, now time.Time) error {
	wait := d.Wait(now)
	if wait > f.Queue.MaxDelay() {
		return nil
	}
	message, err := store.Message(d, wait)
	if err != nil {
		return err
	}
	if err := f.Queue.Send(ctx, message)[0]; err != nil {
		f.Logger.LogAttrs(ctx, slog.LevelWarn, "message not sent, sweep will", slog.String("delivery", string(d.ID)), slog.Any("error", err))
	}
	return nil
}

// log writes the attempt's line.
func (f *function) log(ctx context.Context, d *shipbell.Delivery, outcome shipbell.Outcome, recorded bool) {
	level := slog.LevelInfo
	attrs := append(make([]slog.Attr, 0, 16),
		slog.String("delivery", string(d.ID)), slog.String("registry", d.Registry), slog.Int64("trigger", int64(d.TriggerID)),
		slog.String("target", d.MaskedURL()), slog.Int("attempt", d.AttemptCount()),
		slog.Int("status_code", outcome.StatusCode), slog.Duration("duration", outcome.Duration),
		slog.String("status", string(d.Status)), slog.Bool("recorded", recorded))
	if d.Status != shipbell.Succeeded {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("error", outcome.Error.String()))
	}
	if d.Status == shipbell.Pending {
		attrs = append(attrs, slog.Time("next_attempt_at", d.NextAttemptAt))
	}
	if !d.Reason.IsZero() {
		attrs = append(attrs, slog.String("reason", d.Reason.String()))
	}
	f.Logger.LogAttrs(ctx, level, "attempt", attrs...)
}
