package app

import (
	"context"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
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

// PutRegistry stores a registry, a new one or in place of the one with its id. created
// tells which.
func (a *App) PutRegistry(ctx context.Context, key shipbell.AccessKey, r shipbell.Registry) (saved shipbell.Registry, created bool, err error) {
	if err := allow(key, shipbell.RoleAdmin, r.ID); err != nil {
		return r, false, err
	}
	if err := r.Validate(); err != nil {
		return r, false, err
	}
	return a.Store.PutRegistry(ctx, r)
}

// DeleteRegistry deletes a registry that has no triggers left.
func (a *App) DeleteRegistry(ctx context.Context, key shipbell.AccessKey, id string) error {
	if err := allow(key, shipbell.RoleAdmin, id); err != nil {
		return err
	}
	return a.Store.DeleteRegistry(ctx, id)
}
