package deliver

import (
	"context"
	"log/slog"
	"time"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

// circuits is what this process knows of the circuits of targets. A target costs one read
// at its first delivery in this process. After that a circuit is read again only if its
// last attempt here failed or it was open when last read, and at most once in freshFor.
type circuits struct {
	records *circuit.Records
	now     func() time.Time
	logger  *slog.Logger
	metrics *metrics.Recorder
	changes *audit.Log
	targets *known[circuit.Key, target]
}

// target is one target as this process knows it. Its lock makes deliveries wait for one
// read, or one claim of a probe, instead of making their own.
type target struct {
	lock
	failures circuit.Failures
	circuit  circuit.Circuit
	readAt   time.Time
}

// freshFor is how long a circuit is used before it is read again.
const freshFor = time.Second

func newCircuits(d Deps) *circuits {
	targets := newKnown[circuit.Key](func() *target { return &target{lock: newLock()} })
	changes := audit.New(d.Store.Items(), d.Store.Retention())
	return &circuits{records: d.Circuits, now: d.Now, logger: d.Logger, metrics: d.Metrics, changes: changes, targets: targets}
}

// attempt is one attempt as the circuit of its target sees it.
type attempt struct {
	circuits *circuits
	key      circuit.Key
	target   *target
	// probe is the record that says that this is the circuit's probe; nil if it is not.
	probe *circuit.Circuit
	// schedule is the waits of the delivery, and lease how long the attempt may take.
	schedule shipbell.Schedule
	lease    time.Duration
	// trigger is the name of the trigger, and pauseAfter after how long of nothing but
	// failure the target is paused, 0 if never.
	trigger    string
	pauseAfter time.Duration
}

// attempt prepares an attempt of a delivery at a target of its trigger.
func (c *circuits) attempt(d *shipbell.Delivery, to shipbell.TargetID) *attempt {
	key := circuit.Key{Registry: d.Registry, Trigger: d.TriggerID, Target: to}
	return &attempt{circuits: c, key: key, target: c.targets.get(key), trigger: d.TriggerName}
}

// allowed reports whether the circuit lets the attempt be made, if need be as its probe.
// Otherwise it answers the circuit, which holds the delivery.
func (a *attempt) allowed(ctx context.Context) (heldBy circuit.Circuit, ok bool, err error) {
	c, t := a.circuits, a.target
	t.Lock()
	defer t.Unlock()
	if err := c.refresh(ctx, a.key, t); err != nil {
		return circuit.Circuit{}, false, err
	}
	now := c.now().UTC()
	if t.circuit.State(now.Add(early)) == circuit.Due {
		probe := t.circuit.Probed(now, now.Add(a.lease))
		claimed, err := c.records.Put(ctx, a.key, &probe)
		if err != nil {
			return circuit.Circuit{}, false, err
		}
		if claimed {
			t.circuit, a.probe = probe, &probe
			return circuit.Circuit{}, true, nil
		}
		if err := c.read(ctx, a.key, t); err != nil { // another process was faster
			return circuit.Circuit{}, false, err
		}
	}
	return t.circuit, t.circuit.State(now) == circuit.Closed, nil
}

// holds reports whether the circuit of a delivery's target would hold it now, or end it
// because the target is paused.
func (c *circuits) holds(ctx context.Context, d *shipbell.Delivery) (bool, error) {
	a := c.attempt(d, d.TargetID)
	a.target.Lock()
	defer a.target.Unlock()
	if err := c.refresh(ctx, a.key, a.target); err != nil {
		return false, err
	}
	return a.target.holds(c.now()) || a.target.circuit.Paused() && d.RedeliveredAt.IsZero(), nil
}

// heldBy reads the circuit, and tells whether it would hold the delivery now.
func (a *attempt) heldBy(ctx context.Context) (by circuit.Circuit, holds bool, err error) {
	a.target.Lock()
	defer a.target.Unlock()
	if err := a.circuits.read(ctx, a.key, a.target); err != nil {
		return by, false, err
	}
	return a.target.circuit, a.target.holds(a.circuits.now()), nil
}

// holds reports whether the circuit holds deliveries, as far as it is known.
func (t *target) holds(now time.Time) bool {
	state := t.circuit.State(now.Add(early))
	return state == circuit.Open || state == circuit.Probing
}

// refresh reads a target's circuit if what is known of it may have changed.
func (c *circuits) refresh(ctx context.Context, key circuit.Key, t *target) error {
	suspect := t.readAt.IsZero() || t.failures.Any() || t.circuit.Version > 0
	if suspect && !platform.Fresh(t.readAt, c.now(), freshFor) {
		return c.read(ctx, key, t)
	}
	return nil
}

func (c *circuits) read(ctx context.Context, key circuit.Key, t *target) error {
	kept, err := c.records.Get(ctx, key)
	if err != nil {
		return err
	}
	if kept.Unreadable && kept.Version != t.circuit.Version {
		c.log(ctx, key, slog.LevelError, "circuit unreadable, counts as closed", kept)
	}
	t.circuit, t.readAt = kept, c.now()
	return nil
}

// settle tells the circuit what came of an attempt. It answers the circuit that now holds
// the target's deliveries, closed if none does. The attempt is recorded whatever becomes of
// the circuit's record, so a failure to store that is only logged. opens tells that the
// failures of all processes together are reason enough to open the circuit.
func (a *attempt) settle(ctx context.Context, o shipbell.Outcome, opens bool) circuit.Circuit {
	c, t := a.circuits, a.target
	t.Lock()
	defer t.Unlock()
	now := c.now().UTC()
	switch {
	case o.Succeeded():
		t.failures = circuit.Failures{}
		if t.circuit.Version == 0 {
			break
		}
		if err := c.records.Close(ctx, a.key); err != nil {
			c.warn(ctx, a.key, err)
			break
		}
		c.metrics.Circuit(metrics.Closed)
		c.log(ctx, a.key, slog.LevelInfo, "circuit closed", t.circuit)
		if t.circuit.Paused() {
			a.note(ctx, audit.TargetResumed)
		}
		t.circuit, a.probe = circuit.Circuit{}, nil
	case o.Final: // the request was refused here, or the target is gone: nothing to count
	case o.Busy: // it answers, and is no failure; after a probe the others wait as well
		if a.probe != nil {
			probe := a.probe.Busy(now, max(shipbell.BusyWait, o.RetryAfter))
			a.probe = nil
			a.store(ctx, probe, "circuit open, the target is busy")
		}
	case a.probe != nil:
		probe := a.probe.Failed(now, o.Error).Counted(now, 1, a.pauseAfter)
		a.probe = nil
		if a.store(ctx, probe, "circuit open, the probe failed") {
			c.metrics.Circuit(metrics.Reopened)
		}
	case t.circuit.OpenedAt.IsZero() && (t.failures.Add(now, o.TimedOut()) || opens):
		opened := t.circuit.Opened(now, o.Error).Counted(now, t.failures.Count(), a.pauseAfter)
		t.failures = circuit.Failures{}
		if a.store(ctx, opened, "circuit open") {
			c.metrics.Circuit(metrics.Opened)
		}
	}
	return t.circuit
}

// store stores a changed circuit. If another process changed it meanwhile, that counts, and
// saved is false. The caller holds the target's lock.
func (a *attempt) store(ctx context.Context, changed circuit.Circuit, event string) (saved bool) {
	c, t := a.circuits, a.target
	saved, err := c.records.Put(ctx, a.key, &changed)
	switch {
	case err != nil:
		c.warn(ctx, a.key, err)
	case saved:
		before := t.circuit
		t.circuit, t.readAt = changed, c.now()
		c.log(ctx, a.key, slog.LevelWarn, event, changed)
		a.tellPause(ctx, before.Pause, changed)
	default:
		if err := c.read(ctx, a.key, t); err != nil {
			c.warn(ctx, a.key, err)
		}
	}
	return saved
}

// giveBack returns a probe that was not made, or of which nothing is known, so that the
// next delivery is the probe. It does nothing after an attempt was settled.
func (a *attempt) giveBack(ctx context.Context) {
	if a.probe == nil {
		return
	}
	t := a.target
	t.Lock()
	defer t.Unlock()
	returned := a.probe.Returned(a.circuits.now().UTC())
	a.probe = nil
	a.store(ctx, returned, "probe given back")
}

func (c *circuits) warn(ctx context.Context, key circuit.Key, err error) {
	c.logger.LogAttrs(ctx, slog.LevelWarn, "circuit not stored", append(keyAttrs(key), slog.Any("error", err))...)
}

// log writes the line of a change of a circuit.
func (c *circuits) log(ctx context.Context, key circuit.Key, level slog.Level, event string, k circuit.Circuit) {
	c.logger.LogAttrs(ctx, level, event, append(keyAttrs(key),
		slog.Time("opened_at", k.OpenedAt), slog.Time("until", k.Until), slog.String("error", k.Reason.In(text.English)))...)
}

func keyAttrs(key circuit.Key) []slog.Attr {
	return []slog.Attr{slog.String("registry", key.Registry), slog.Int64("trigger", int64(key.Trigger)), slog.Int64("target", int64(key.Target))}
}
