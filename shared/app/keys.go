package app

import (
	"context"
	"fmt"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/text"
)

// NewAccessKey says what an access key that is to be made may do.
type NewAccessKey struct {
	Role shipbell.Role
	// Registries are those that it may touch; empty means all.
	Registries  []string
	Description string
}

// ListAccessKeys answers the access keys that the caller could have made.
func (a *App) ListAccessKeys(ctx context.Context, key shipbell.AccessKey) ([]shipbell.AccessKey, error) {
	if err := access.Allow(key, shipbell.RoleAdmin); err != nil {
		return nil, err
	}
	all, err := a.Store.AccessKeys(ctx)
	if err != nil {
		return nil, err
	}
	var own []shipbell.AccessKey
	for _, other := range all {
		if access.Within(key, other.Registries) {
			own = append(own, other)
		}
	}
	return own, nil
}

// CreateAccessKey makes an access key. Only this answer holds its secret, which
// Reveal opens. There is no key that the audit log does not have.
func (a *App) CreateAccessKey(ctx context.Context, key shipbell.AccessKey, n NewAccessKey) (shipbell.AccessKey, error) {
	if err := access.Allow(key, shipbell.RoleAdmin); err != nil {
		return shipbell.AccessKey{}, err
	}
	made := access.NewKey(n.Role, n.Registries, n.Description)
	if err := made.Validate(); err != nil {
		return shipbell.AccessKey{}, err
	}
	if !access.Within(key, made.Registries) {
		return shipbell.AccessKey{}, shipbell.InvalidField("registries", text.KeyRegistriesNotAllowed)
	}
	if err := a.known(ctx, made.Registries); err != nil {
		return shipbell.AccessKey{}, err
	}
	return a.makeKey(ctx, key, made)
}

// known gives an error for the first of some registries that there is not. A key for a
// registry that is made later would surprise whoever makes it.
func (a *App) known(ctx context.Context, registries []string) error {
	for i, id := range registries {
		_, err := a.Store.Registry(ctx, id)
		switch kind := shipbell.KindOf(err); {
		case err == nil, kind == shipbell.Damaged:
		case kind == shipbell.NotFound:
			return shipbell.InvalidField(fmt.Sprintf("registries[%d]", i), text.RegistryUnknown, id)
		default:
			return err
		}
	}
	return nil
}

// makeKey notes a new access key before it stores it: afterwards an error of the log
// would take the place of the answer, which alone has the secret. An entry of a key that
// was not stored after all names an id that no key has.
func (a *App) makeKey(ctx context.Context, key, made shipbell.AccessKey) (shipbell.AccessKey, error) {
	if err := a.add(ctx, key, keyEntry(made, audit.KeyCreated), registriesOf(made)...); err != nil {
		return shipbell.AccessKey{}, err
	}
	return a.Store.CreateAccessKey(ctx, made)
}

func keyEntry(changed shipbell.AccessKey, action audit.Action) audit.Entry {
	return audit.Entry{Action: action, Object: changed.ID, Name: changed.Description}
}

// registriesOf are those in whose logs a change of an access key belongs.
func registriesOf(key shipbell.AccessKey) []string {
	if len(key.Registries) == 0 {
		return []string{audit.Everywhere}
	}
	return key.Registries
}

// CreateAdminKey makes an admin key for all registries without asking for one: the
// first, or one in place of a lost one. Only whoever rules the platform may reach it.
func (a *App) CreateAdminKey(ctx context.Context, description string) (shipbell.AccessKey, error) {
	return a.makeKey(ctx, shipbell.AccessKey{}, access.NewKey(shipbell.RoleAdmin, nil, description))
}

// DeleteAccessKey deletes an access key that the caller could have made; any other is
// NotFound. The caller's own is a Conflict.
func (a *App) DeleteAccessKey(ctx context.Context, key shipbell.AccessKey, id string) error {
	if err := access.Allow(key, shipbell.RoleAdmin); err != nil {
		return err
	}
	found, err := a.Store.AccessKey(ctx, id)
	if err != nil {
		return err
	}
	if !access.Within(key, found.Registries) {
		return shipbell.NewError(shipbell.NotFound, text.KeyUnknown, id)
	}
	if id == key.ID {
		return shipbell.NewError(shipbell.Conflict, text.KeyInUse)
	}
	if err := a.Store.DeleteAccessKey(ctx, id); err != nil {
		return err
	}
	return a.note(ctx, key, keyEntry(found, audit.KeyDeleted), registriesOf(found)...)
}
