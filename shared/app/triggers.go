package app

import (
	"context"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// TriggerQuery asks for a page of a registry's triggers.
type TriggerQuery struct {
	Registry string
	// After is the number that the page begins behind; Limit is at most maxTriggerPage.
	After shipbell.ID
	Limit int
	// Labels are those that a trigger must have.
	Labels map[string]string
}

// maxTriggerPage is how many triggers are read at once.
const maxTriggerPage = 1000

// ListTriggers answers triggers in the order of their numbers, as the key may see
// them. damaged is how many among them cannot be read and are left out.
func (a *App) ListTriggers(ctx context.Context, key shipbell.AccessKey, q TriggerQuery) (found []shipbell.Trigger, damaged int, err error) {
	if err := allow(key, shipbell.RoleViewer, q.Registry); err != nil {
		return nil, 0, err
	}
	size := q.Limit
	if len(q.Labels) > 0 {
		size = maxTriggerPage // few of them may have the labels
	}
	found = []shipbell.Trigger{}
	for {
		page, unreadable, err := a.Store.Triggers(ctx, q.Registry, q.After, size)
		if err != nil {
			return nil, 0, err
		}
		damaged += unreadable
		for _, t := range page {
			if q.After = t.ID; t.HasLabels(q.Labels) {
				found = append(found, t.SeenBy(key.Role))
			}
			if len(found) == q.Limit {
				return found, damaged, nil
			}
		}
		if len(page) < size {
			return found, damaged, nil
		}
	}
}

// Trigger answers one trigger, as the key may see it.
func (a *App) Trigger(ctx context.Context, key shipbell.AccessKey, registry string, id shipbell.ID) (shipbell.Trigger, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return shipbell.Trigger{}, err
	}
	t, err := a.Store.Trigger(ctx, registry, id)
	if err != nil {
		return shipbell.Trigger{}, err
	}
	return t.SeenBy(key.Role), nil
}

// TriggerSet answers a registry's triggers, compiled, at most a second old. They are as
// stored: what is shown of them must be as SeenBy gives it. damaged is how many cannot be
// read and are left out.
func (a *App) TriggerSet(ctx context.Context, key shipbell.AccessKey, registry string) (set *match.Set, damaged int, err error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return nil, 0, err
	}
	rules, err := a.Store.Rules(ctx, registry)
	if err != nil {
		return nil, 0, err
	}
	return rules.Set, rules.Damaged(), nil
}

// CreateTrigger stores a new trigger under its registry's next number. A dry run
// checks it and stores nothing.
func (a *App) CreateTrigger(ctx context.Context, key shipbell.AccessKey, t shipbell.Trigger, dryRun bool) (shipbell.Trigger, error) {
	if _, err := a.open(ctx, key, shipbell.RoleAdmin, t.Registry); err != nil {
		return t, err
	}
	if err := prepare(&t); err != nil {
		return t, err
	}
	if err := shipbell.JoinInvalid(t.Validate(), format.CheckTemplates(&t), a.checkTimeouts(&t, shipbell.Trigger{})); err != nil {
		return t, err
	}
	if err := a.checkWork(ctx, &t, shipbell.Trigger{}); err != nil {
		return t, err
	}
	if dryRun {
		return t, a.Store.CheckName(ctx, t)
	}
	made, err := a.Store.CreateTrigger(ctx, t)
	if err != nil {
		return made, err
	}
	return made, a.noteTrigger(ctx, key, nil, &made)
}

// TriggerChange is a change of one trigger.
type TriggerChange struct {
	Registry string
	ID       shipbell.ID
	// Version is the one that the trigger must have; 0 takes any, and then the change
	// is made again if somebody else's comes between.
	Version int64
	// DryRun checks the change and stores nothing.
	DryRun bool
	// Edit changes the trigger as it is stored, its secrets open. A mask in place of a
	// secret keeps what is stored for the same origin.
	Edit func(*shipbell.Trigger) error
}

// changeTries is how often a change is made again that somebody else's came before.
const changeTries = 5

// ChangeTrigger changes a trigger. Deliveries of one that is disabled by it are
// cancelled.
func (a *App) ChangeTrigger(ctx context.Context, key shipbell.AccessKey, c TriggerChange) (shipbell.Trigger, error) {
	if err := allow(key, shipbell.RoleAdmin, c.Registry); err != nil {
		return shipbell.Trigger{}, err
	}
	for try := 1; ; try++ {
		t, err := a.change(ctx, key, c)
		if c.Version != 0 || try == changeTries || shipbell.KindOf(err) != shipbell.Stale {
			return t, err
		}
	}
}

func (a *App) change(ctx context.Context, key shipbell.AccessKey, c TriggerChange) (shipbell.Trigger, error) {
	old, err := a.Store.Trigger(ctx, c.Registry, c.ID)
	if err != nil {
		return old, err
	}
	t := old.Clone()
	if err := c.Edit(&t); err != nil {
		return t, err
	}
	if err := checkVersion(old, c.Version); err != nil {
		return t, err
	}
	if err := a.prepareChange(&t, old); err != nil {
		return t, err
	}
	if err := a.checkWork(ctx, &t, old); err != nil {
		return t, err
	}
	if c.DryRun {
		return t, a.Store.CheckName(ctx, t)
	}
	changed, err := a.Store.ChangeTrigger(ctx, old, t)
	if err != nil {
		return changed, err
	}
	return changed, a.noteTrigger(ctx, key, &old, &changed)
}

// checkVersion gives a Stale error if a trigger has another version than a caller
// knows; 0 is any.
func checkVersion(t shipbell.Trigger, version int64) error {
	if version != 0 && version != t.Version {
		return shipbell.NewError(shipbell.Stale, text.TriggerChanged, t.Version)
	}
	return nil
}

// DeleteTrigger deletes a trigger and cancels its deliveries that wait. Version is the
// one that it must have, or 0.
func (a *App) DeleteTrigger(ctx context.Context, key shipbell.AccessKey, registry string, id shipbell.ID, version int64) error {
	if err := allow(key, shipbell.RoleAdmin, registry); err != nil {
		return err
	}
	t, err := a.Store.Trigger(ctx, registry, id)
	if err != nil {
		return err
	}
	if err := checkVersion(t, version); err != nil {
		return err
	}
	if err := a.Store.RemoveTrigger(ctx, registry, id); err != nil {
		return err
	}
	return a.noteTrigger(ctx, key, &t, nil)
}
