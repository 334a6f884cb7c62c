package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

// paused answers the circuit of a target that is paused, which ends the delivery. What a
// user has sent again is attempted all the same, as the circuit allows, for it may show that
// the target takes deliveries again. The circuit is read for this delivery: somebody may just
// have resumed the target.
func (a *attempt) paused(ctx context.Context, d *shipbell.Delivery) (by circuit.Circuit, ends bool, err error) {
	if a.pauseAfter == 0 {
		return by, false, nil
	}
	c, t := a.circuits, a.target
	t.Lock()
	defer t.Unlock()
	if err := c.refresh(ctx, a.key, t); err != nil || !a.ends(d, t.circuit) {
		return by, false, err
	}
	err = c.read(ctx, a.key, t)
	return t.circuit, a.ends(d, t.circuit), err
}

// ends reports whether a circuit ends the delivery because the target is paused.
func (a *attempt) ends(d *shipbell.Delivery, by circuit.Circuit) bool {
	return a.pauseAfter > 0 && by.Paused() && d.RedeliveredAt.IsZero()
}

// endPaused ends a delivery to a target that is paused.
func endPaused(d *shipbell.Delivery, now time.Time, by circuit.Circuit) {
	d.Cancel(now, text.CancelledTargetPaused, by.Reason)
}

// tellPause tells of a target that has come nearer to being paused, once for each warning,
// or was paused. The circuit is stored by then, so no other process tells the same.
func (a *attempt) tellPause(ctx context.Context, before circuit.Pause, now circuit.Circuit) {
	c := a.circuits
	warn := func(event string) {
		c.logger.LogAttrs(ctx, slog.LevelWarn, event, append(keyAttrs(a.key), slog.String("trigger_name", a.trigger),
			slog.Duration("auto_pause", now.Pause.After), slog.Duration("failing", now.Pause.Failing), slog.Int("failures", now.Pause.Failures),
			slog.Int("percent", now.PausePercent()), slog.String("error", now.Reason.In(text.English)))...)
	}
	switch {
	case now.Paused() && before.Since.IsZero():
		c.metrics.Circuit(metrics.Paused)
		warn("target paused")
		a.note(ctx, audit.TargetPaused)
	case now.Pause.Warned > before.Warned:
		c.metrics.Circuit(metrics.PauseNear)
		warn("target will be paused")
	}
}

// note keeps in the log of changes what Shipbell itself did with the target.
func (a *attempt) note(ctx context.Context, action audit.Action) {
	err := a.circuits.changes.Add(ctx, audit.Entry{
		At: a.circuits.now().UTC(), Key: audit.Itself, Action: action,
		Object: fmt.Sprintf("%d/%d", a.key.Trigger, a.key.Target), Name: a.trigger,
	}, a.key.Registry)
	if err != nil {
		a.circuits.logger.LogAttrs(ctx, slog.LevelWarn, "change not noted", append(keyAttrs(a.key), slog.String("action", string(action)), slog.Any("error", err))...)
	}
}
