package deliver

import (
	"context"
	"log/slog"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

// finish stores what became of the delivery and sees to its next attempt.
func (f *function) finish(ctx context.Context, d *shipbell.Delivery, outcome shipbell.Outcome) error {
	saved, err := f.Store.Save(ctx, d)
	f.log(ctx, d, outcome, saved && err == nil)
	if err != nil || !saved {
		return err
	}
	if outcome.Succeeded() {
		f.Metrics.Succeeded(d, f.Now())
	}
	if d.Status == shipbell.Pending {
		return f.wakeAgain(ctx, d, d.Wait(f.Now()))
	}
	return nil
}

// A delivery that came while a probe was under way comes again when the probe has taken
// twice as long, because most probes end soon: within these bounds.
const (
	minProbeWait = 20 * time.Millisecond
	maxProbeWait = 5 * time.Second
)

// hold makes the delivery wait until its target's circuit lets it go. It is stored once
// for each hold. A probe ends soon, so where the queue can delay the delivery comes again
// without being stored.
//
// Deliveries that are held are stored in turn, and the queue hands out one of the target
// at a time: a target that dies while many wait for it takes little of the store from
// others. On AWS they do not wait for each other, for an invocation would last as long.
func (f *function) hold(ctx context.Context, d *shipbell.Delivery, place *place, attempt *attempt, heldBy circuit.Circuit) error {
	place.hold()
	if f.Slow == nil {
		done, err := f.takeTurn(ctx)
		if done == nil {
			return err
		}
		defer done()
		// Somebody may have resumed the target since the circuit was read, and then the
		// delivery must not wait for the end of the hold.
		var holds bool
		if heldBy, holds, err = attempt.heldBy(ctx); err != nil {
			return err
		}
		if !holds {
			return f.wakeAgain(ctx, d, 0)
		}
	}
	now := f.Now()
	if heldBy.State(now) != circuit.Open && f.Queue.MaxDelay() >= maxProbeWait {
		return f.wakeAgain(ctx, d, min(max(now.Sub(heldBy.Until), minProbeWait), maxProbeWait))
	}
	end := heldBy.End(now)
	if end.Before(now) {
		end = now // another process has just returned a probe
	}
	if !d.Hold(now, circuit.Release(end, d.CreatedAt), held(heldBy), attempt.schedule) {
		return f.finish(ctx, d, shipbell.Outcome{})
	}
	saved, err := f.Store.Save(ctx, d)
	if err != nil || !saved {
		return err
	}
	f.Logger.LogAttrs(ctx, slog.LevelDebug, "held", slog.String("delivery", string(d.ID)), slog.Time("next_attempt_at", d.NextAttemptAt))
	return f.wakeAgain(ctx, d, d.Wait(now))
}

// holdRest is how many times as long as it took to store a delivery that is held no other
// is stored, so that they take a tenth of the store's time; at most maxHoldRest, if the store
// is slow.
const (
	holdRest    = 9
	maxHoldRest = time.Second
)

// takeTurn waits until a delivery that is held may be stored. It answers what to call when
// this one is, or nil if ctx or the process ended before.
func (f *function) takeTurn(ctx context.Context) (done func(), err error) {
	select {
	case f.holding <- struct{}{}:
		began := time.Now() // by the monotonic clock
		return func() {
			time.AfterFunc(min(holdRest*time.Since(began), maxHoldRest), func() { <-f.holding })
		}, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-f.Stopping:
		return nil, nil
	}
}

// held is the reason why a circuit holds a delivery.
func held(by circuit.Circuit) text.Message { return text.New(text.HeldTargetFailing, by.Reason) }

// wakeAgain sends a message for when the delivery is to be looked at again. A wait that is
// longer than the queue can hold is left to sweep.
func (f *function) wakeAgain(ctx context.Context, d *shipbell.Delivery, wait time.Duration) error {
	if wait > f.Queue.MaxDelay() {
		return nil
	}
	message, err := f.Store.Message(d, wait)
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
		slog.String("status", string(d.Status)))
	if !recorded {
		attrs = append(attrs, slog.Bool("recorded", false))
	}
	if d.Status != shipbell.Succeeded {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("error", outcome.Error.String()))
	}
	if d.Status == shipbell.Pending {
		attrs = append(attrs, slog.Time("next_attempt_at", d.NextAttemptAt))
	}
	if d.AttemptCount() > 0 && !d.Trace.IsZero() {
		attrs = append(attrs, slog.String("traceparent", d.Traceparent(d.AttemptCount())))
	}
	if !d.Reason.IsZero() {
		attrs = append(attrs, slog.String("reason", d.Reason.String()))
	}
	f.Logger.LogAttrs(ctx, level, "attempt", attrs...)
}
