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
	"github.com/shipbell/shipbell/shared/text"
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
	// TargetSlots is how many attempts may be under way at once for one target.
	TargetSlots int
	// ProcessStart is set by a platform of one process: claims made before then are
	// void. Zero elsewhere.
	ProcessStart time.Time
	// Stopping is closed when the process is to end. Deliveries that wait for a place
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

// SlotWait is how long a claimed delivery may wait for one of its target's slots. Then
// the claim is taken back, and the delivery is due again after slotRetry.
const (
	SlotWait  = 5 * time.Second
	slotRetry = 5 * time.Second
)

// leaseMargin is added to the time of an attempt, for clocks that differ and for its
// record.
const leaseMargin = shipbell.MaxSkew

// Lease is the lease of attempts that take at most timeout.
func Lease(timeout time.Duration) time.Duration { return SlotWait + timeout + leaseMargin }

// function is Deps with what it keeps between messages.
type function struct {
	Deps
	slots *slots
}

// New makes the function. An error means that the store or the queue failed. The message
// may be handled again or dropped, because sweep will wake the delivery.
func New(d Deps) func(ctx context.Context, message []byte) error {
	f := &function{Deps: d, slots: newSlots(d.TargetSlots, d.Stopping)}
	return f.deliver
}

// deliver handles one message.
func (f *function) deliver(ctx context.Context, message []byte) error {
	registry, id, err := store.ParseMessage(message)
	if err != nil {
		return err
	}
	d, err := f.Store.Take(ctx, registry, id)
	switch shipbell.KindOf(err) {
	case shipbell.NotFound: // it has expired, or was never acknowledged
		return nil
	case shipbell.Damaged: // it is set aside, and logged
		return nil
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
	place := f.slots.enter(ctx, d.Registry+"\x00"+d.TargetURL)
	if place == nil {
		return context.Cause(ctx)
	}
	defer place.release(false)

	_, reason, err := f.destination(ctx, d)
	if err != nil {
		return err
	}
	now = f.Now()
	if reason != "" {
		f.stop(d, now, reason)
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

// send makes the request of a claimed delivery, when its target has a slot for
// it, and records what came of it.
func (f *function) send(ctx context.Context, d *shipbell.Delivery, place *place) error {
	if !place.startSending(ctx, SlotWait) {
		d.Unclaim(f.Now(), slotRetry)
		return f.finish(ctx, d, shipbell.Outcome{})
	}
	// The trigger may have changed while the delivery waited for its slot.
	target, reason, err := f.destination(ctx, d)
	if err != nil || reason != "" {
		now := f.Now()
		d.Unclaim(now, slotRetry)
		if reason != "" {
			f.stop(d, now, reason)
		}
		return errors.Join(err, f.finish(ctx, d, shipbell.Outcome{}))
	}
	d.Follow(target)
	outcome := f.Sender.Send(ctx, d, target, d.AttemptCount())
	place.release(outcome.StatusCode != 0)

	d.Record(f.Now(), outcome, f.Schedule, f.Random())
	if d.Status == shipbell.Pending {
		// Nobody could cancel it while the attempt was under way.
		if _, reason, err := f.destination(ctx, d); err == nil && reason != "" && !repairable(reason) {
			d.Cancel(f.Now(), reason)
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

// destination finds where the delivery goes, or the reason why it goes nowhere any
// more. Before it gives a reason it checks the rules: those that are kept may lack a
// trigger that another process made a moment ago.
func (f *function) destination(ctx context.Context, d *shipbell.Delivery) (shipbell.Target, text.Code, error) {
	target, reason, err := find(ctx, d, f.Store.Rules)
	if err == nil && reason != "" {
		return find(ctx, d, f.Store.CurrentRules)
	}
	return target, reason, err
}

type readRules = func(ctx context.Context, registry string) (*store.Rules, error)

// find is destination by the rules that read gives.
func find(ctx context.Context, d *shipbell.Delivery, read readRules) (target shipbell.Target, reason text.Code, err error) {
	rules, err := read(ctx, d.Registry)
	switch shipbell.KindOf(err) {
	case shipbell.NotFound:
		return target, text.CancelledRegistryDeleted, nil
	case shipbell.Damaged:
		return target, text.CancelledRegistryDamaged, nil
	}
	if err != nil {
		return target, "", err
	}
	target, reason = rules.Destination(d)
	return target, reason, nil
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
