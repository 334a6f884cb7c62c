package app

import (
	"context"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/store/audit"
)

// ListRegistries answers the registries that a key may touch, whatever its role.
func (a *App) ListRegistries(ctx context.Context, key shipbell.AccessKey) ([]shipbell.Registry, error) {
	all, err := a.Store.Registries(ctx)
	if err != nil {
		return nil, err
	}
	var own []shipbell.Registry
	for _, r := range all {
		if access.AllowRegistry(key, r.ID) == nil {
			own = append(own, r)
		}
	}
	return own, nil
}

// Registry answers one registry.
func (a *App) Registry(ctx context.Context, key shipbell.AccessKey, id string) (shipbell.Registry, error) {
	return a.open(ctx, key, shipbell.RoleViewer, id)
}

// Known answers what a registry is known to hold.
func (a *App) Known(key shipbell.AccessKey, registry string) (source.Seen, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return nil, err
	}
	return a.Store.Catalog(registry), nil
}

// KeepsUnmatched is whether a registry keeps the events that nothing matched, if it is not
// said.
func (a *App) KeepsUnmatched() bool { return a.Store.KeepsUnmatched() }

// PutRegistry stores a registry, a new one or in place of the one with its id. created
// tells which.
func (a *App) PutRegistry(ctx context.Context, key shipbell.AccessKey, r shipbell.Registry) (saved shipbell.Registry, created bool, err error) {
	if err := allow(key, shipbell.RoleAdmin, r.ID); err != nil {
		return r, false, err
	}
	before, err := a.Store.Registry(ctx, r.ID)
	if err != nil && shipbell.KindOf(err) != shipbell.NotFound {
		return r, false, err
	}
	if err := r.KeepSecret(before); err != nil {
		return r, false, err
	}
	if err := r.Validate(); err != nil {
		return r, false, err
	}
	if saved, created, err = a.Store.PutRegistry(ctx, r); err != nil {
		return saved, created, err
	}
	e := audit.Entry{Action: audit.RegistryCreated, Object: r.ID}
	if !created {
		e.Action = audit.RegistryChanged
		if e.Changes, err = audit.Diff(before, saved, "created_at", "updated_at"); err != nil || len(e.Changes) == 0 {
			return saved, created, err
		}
	}
	return saved, created, a.note(ctx, key, e, r.ID)
}

// DeleteRegistry deletes a registry that has no triggers left.
func (a *App) DeleteRegistry(ctx context.Context, key shipbell.AccessKey, id string) error {
	if err := allow(key, shipbell.RoleAdmin, id); err != nil {
		return err
	}
	if err := a.Store.DeleteRegistry(ctx, id); err != nil {
		return err
	}
	return a.note(ctx, key, audit.Entry{Action: audit.RegistryDeleted, Object: id}, id)
}
