package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
)

// HeldTarget is a target whose circuit is not closed: its deliveries are held, or end if it
// is paused.
type HeldTarget struct {
	Trigger     shipbell.ID
	TriggerName string
	Target      shipbell.TargetID
	TargetURL   string
	// Probing tells that a delivery is being sent to find out whether the target answers.
	Probing bool
	// Since is when attempts stopped, and Until when the hold or the probe ends.
	Since, Until time.Time
	// Reason is how the last attempt failed.
	Reason text.Message
	// PausedAt is when the target was paused, zero if it is not, and PausePercent how near
	// it is to that: 0 if it is never paused, 100 if it is.
	PausedAt     time.Time
	PausePercent int
	// Held is how many deliveries are held, counted among the newest of the trigger. More
	// tells that older ones were not looked at.
	Held int
	More bool
}

// PauseNear reports whether the target is paused, or near enough to it to be warned of.
func (t HeldTarget) PauseNear() bool { return t.PausePercent >= circuit.FirstWarning }

const (
	// maxHeldTargets is how many targets HeldTargets answers.
	maxHeldTargets = 100
	// It counts what is held in so many triggers, and so many deliveries of each.
	countedTriggers   = 10
	countedDeliveries = 100
	// resumeAfter is when released deliveries come due: every process has read by then
	// that the circuit is closed.
	resumeAfter = 2 * time.Second
)

// HeldTargets answers the targets of a registry whose deliveries are held, as the key may
// see them. A target that is not among them gets its deliveries at once.
func (a *App) HeldTargets(ctx context.Context, key shipbell.AccessKey, registry string) ([]HeldTarget, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return nil, err
	}
	kept, err := circuit.NewRecords(a.Store.Items()).List(ctx, registry, maxHeldTargets)
	if err != nil || len(kept) == 0 {
		return nil, err
	}
	rules, err := a.Store.Rules(ctx, registry)
	if err != nil {
		return nil, err
	}
	var list []HeldTarget
	now := a.Now()
	for _, one := range kept {
		t, found := rules.Set.Trigger(one.Trigger)
		if !found {
			continue
		}
		seen := t.SeenBy(key.Role)
		target, found := seen.Target(one.Target)
		if !found {
			continue // it was removed
		}
		if target.PauseAfter() == 0 {
			one.Pause = circuit.Pause{} // the option was taken away
		}
		list = append(list, HeldTarget{
			PausedAt: one.Pause.Since, PausePercent: one.PausePercent(), Trigger: t.ID, TriggerName: t.Name, Target: target.ID, TargetURL: target.URL,
			Probing: one.State(now) == circuit.Probing, Since: one.OpenedAt, Until: one.End(now), Reason: one.Reason,
		})
	}
	return list, a.countHeld(ctx, registry, list, rules)
}

// countHeld fills in how many deliveries of each target are held.
func (a *App) countHeld(ctx context.Context, registry string, list []HeldTarget, rules *store.Rules) error {
	var triggers []shipbell.ID
	for i := range list {
		if id := list[i].Trigger; len(triggers) < countedTriggers && !slices.Contains(triggers, id) {
			triggers = append(triggers, id)
		}
	}
	newest, err := a.Store.NewestOf(ctx, registry, countedDeliveries, triggers...)
	if err != nil {
		return err
	}
	looked, held := map[shipbell.ID]int{}, map[circuit.Key]int{}
	for i := range newest {
		looked[newest[i].TriggerID]++
		if target, reason := rules.Destination(&newest[i]); reason == "" && newest[i].HeldBy(text.HeldTargetFailing) {
			held[circuit.Key{Registry: registry, Trigger: newest[i].TriggerID, Target: target.ID}]++
		}
	}
	for i := range list {
		one := &list[i]
		one.Held = held[circuit.Key{Registry: registry, Trigger: one.Trigger, Target: one.Target}]
		one.More = looked[one.Trigger] == countedDeliveries || !slices.Contains(triggers, one.Trigger)
	}
	return nil
}

// ResumeTarget closes the circuit of a target, which ends a pause, and makes its held
// deliveries due, the oldest first; it answers how many. It looks at the trigger's newest
// 10,000 deliveries; an older one comes when its hold ends. If the target fails again its
// circuit opens again.
func (a *App) ResumeTarget(ctx context.Context, key shipbell.AccessKey, registry string, trigger shipbell.ID, target shipbell.TargetID) (released int, err error) {
	if _, err := a.open(ctx, key, shipbell.RoleAdmin, registry); err != nil {
		return 0, err
	}
	t, err := a.Store.Trigger(ctx, registry, trigger)
	if err != nil {
		return 0, err
	}
	if _, found := t.Target(target); !found {
		return 0, shipbell.NewError(shipbell.NotFound, text.TargetNotFound, trigger, target)
	}
	k := circuit.Key{Registry: registry, Trigger: trigger, Target: target}
	if err := circuit.NewRecords(a.Store.Items()).Close(ctx, k); err != nil {
		return 0, err
	}
	now := a.Now().UTC()
	release := func(d *shipbell.Delivery) bool {
		if to, found := t.TargetOf(d); !found || to.ID != target || !d.HeldBy(text.HeldTargetFailing) {
			return false
		}
		d.Release(now, circuit.Release(now.Add(resumeAfter), d.CreatedAt))
		return true
	}
	err = a.Store.ChangePending(ctx, registry, trigger, release, func(saved []shipbell.Delivery) {
		released += len(saved)
		a.wakeAt(ctx, saved, now)
	})
	return released, errors.Join(err, a.noteResumed(ctx, key, &t, target, released))
}

// noteResumed keeps that a target of a trigger was resumed.
func (a *App) noteResumed(ctx context.Context, key shipbell.AccessKey, t *shipbell.Trigger, target shipbell.TargetID, released int) error {
	return a.note(ctx, key, audit.Entry{
		Action: audit.TargetResumed, Object: fmt.Sprintf("%d/%d", t.ID, target), Name: t.Name, Count: released,
	}, t.Registry)
}

// resumePaused ends the pause of targets of a stored trigger that took what a test sent them.
// What users have sent again, which alone may wait for such a target, comes when it is due.
func (a *App) resumePaused(ctx context.Context, key shipbell.AccessKey, t *shipbell.Trigger, tested []TestedTarget) error {
	records := circuit.NewRecords(a.Store.Items())
	for i := range tested {
		if !tested[i].Succeeded {
			continue
		}
		k := circuit.Key{Registry: t.Registry, Trigger: t.ID, Target: tested[i].Target}
		kept, err := records.Get(ctx, k)
		if err != nil {
			return err
		}
		if !kept.Paused() {
			continue
		}
		if err := errors.Join(records.Close(ctx, k), a.noteResumed(ctx, key, t, k.Target, 0)); err != nil {
			return err
		}
		tested[i].Resumed = true
	}
	return nil
}

// wakeAt sends messages for when deliveries are due. Those that the queue cannot hold that
// long, or does not take, are found by sweep.
func (a *App) wakeAt(ctx context.Context, deliveries []shipbell.Delivery, now time.Time) {
	var messages []platform.Message
	for i := range deliveries {
		wait := deliveries[i].NextAttemptAt.Sub(now)
		if wait > a.Queue.MaxDelay() {
			continue
		}
		messages = append(messages, store.Message(&deliveries[i], wait))
	}
	platform.SendAll(ctx, a.Queue, messages...)
}
