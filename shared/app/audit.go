package app

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/text"
)

// AuditEntry is one change that somebody made.
type AuditEntry = audit.Entry

// AuditQuery asks for a page of a registry's changes.
type AuditQuery struct {
	Registry string
	// Before is the id of the last entry of the page before, or "".
	Before string
	Limit  int
}

// Audit answers who changed what of a registry, the newest first. A key for all
// registries also sees what concerns all, such as access keys like itself.
func (a *App) Audit(ctx context.Context, key shipbell.AccessKey, q AuditQuery) ([]AuditEntry, error) {
	if _, err := a.open(ctx, key, shipbell.RoleAdmin, q.Registry); err != nil {
		return nil, err
	}
	registries := []string{q.Registry}
	if len(key.Registries) == 0 {
		registries = append(registries, audit.Everywhere)
	}
	return a.log().List(ctx, q.Before, q.Limit, registries...)
}

func (a *App) log() *audit.Log { return audit.New(a.Store.Items(), a.Store.Retention()) }

// note keeps a change for some registries. The change is made by then, so an error tells
// that it is not in the log.
func (a *App) note(ctx context.Context, key shipbell.AccessKey, e audit.Entry, registries ...string) error {
	if err := a.add(ctx, key, e, registries...); err != nil {
		return shipbell.Wrap(shipbell.Unavailable, err, text.ChangeNotNoted)
	}
	return nil
}

// add keeps a change that a key makes.
func (a *App) add(ctx context.Context, key shipbell.AccessKey, e audit.Entry, registries ...string) error {
	e.At, e.Key = a.Now().UTC(), key.ID
	return a.log().Add(ctx, e, registries...)
}

// noteTrigger keeps a change of a trigger; before or after is nil if there is none.
func (a *App) noteTrigger(ctx context.Context, key shipbell.AccessKey, before, after *shipbell.Trigger) error {
	changes, err := diffTriggers(before, after)
	if err != nil {
		return err
	}
	e, t := audit.Entry{Changes: changes}, after
	switch {
	case before == nil:
		e.Action = audit.TriggerCreated
	case after == nil:
		e.Action, t = audit.TriggerDeleted, before
	case len(changes) == 0:
		return nil
	case len(changes) == 1 && changes[0].Field == "enabled" && after.Enabled:
		e.Action = audit.TriggerEnabled
	case len(changes) == 1 && changes[0].Field == "enabled":
		e.Action = audit.TriggerDisabled
	default:
		e.Action = audit.TriggerChanged
	}
	e.Object, e.Name = fmt.Sprint(t.ID), t.Name
	return a.note(ctx, key, e, t.Registry)
}

// diffTriggers compares two triggers as a viewer sees them: without a secret.
func diffTriggers(before, after *shipbell.Trigger) ([]audit.Change, error) {
	seen := func(t *shipbell.Trigger, role shipbell.Role) any {
		if t == nil {
			return struct{}{}
		}
		return t.SeenBy(role)
	}
	b, a := seen(before, shipbell.RoleViewer), seen(after, shipbell.RoleViewer)
	changes, err := audit.Diff(b, a, "id", "registry", "version", "created_at", "updated_at")
	if err != nil || before == nil || after == nil {
		return changes, err
	}
	hidden := !slices.ContainsFunc(changes, func(c audit.Change) bool { return c.Field == "targets" }) &&
		!reflect.DeepEqual(before.SeenBy(shipbell.RoleAdmin).Targets, after.SeenBy(shipbell.RoleAdmin).Targets)
	if hidden {
		changes = append(changes, audit.Change{Field: "targets", Before: json.RawMessage("null"), After: json.RawMessage("null"), Secret: true})
	}
	return changes, nil
}
