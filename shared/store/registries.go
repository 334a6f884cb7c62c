package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// storedRegistry is a registry's record.
type storedRegistry struct {
	shipbell.Registry
	// Secret is that of the registry, sealed.
	Secret string `json:"secret,omitempty"`
	// LastTrigger is the highest number given to a trigger.
	LastTrigger shipbell.ID `json:"last_trigger"`
	// KeepUnmatched is that of the registry. Older versions stored none.
	KeepUnmatched *bool `json:"keep_unmatched,omitempty"`
	// Deleted keeps the record, so that numbers are never given twice.
	Deleted bool `json:"deleted,omitempty"`
}

// settings are the registry's, with what older versions did not store.
func (s *Store) settings(r *storedRegistry) shipbell.Registry {
	if r.Registry.KeepUnmatched = s.o.KeepUnmatched; r.KeepUnmatched != nil {
		r.Registry.KeepUnmatched = *r.KeepUnmatched
	}
	return r.Registry
}

const registryPartition = "registry"

func registryKey(id string) platform.Key {
	return platform.Key{Partition: registryPartition, Sort: id}
}

// registry reads a registry's record and its version, or gives a NotFound or Damaged
// error. Nothing writes in place of a damaged record, so that its trigger numbers do not
// begin again.
func (s *Store) registry(ctx context.Context, id string) (r storedRegistry, version int64, err error) {
	r, read, err := s.registryAt(ctx, id)
	return r, read.registry, err
}

// registryAt is registry with the revision of the triggers. With NotFound it gives the
// record if it is deleted. The checkpoint comes with it, for the deliveries that are
// stored next.
func (s *Store) registryAt(ctx context.Context, id string) (r storedRegistry, at revision, err error) {
	if !shipbell.ValidName(id) {
		return r, at, shipbell.NoRegistry(id)
	}
	items, err := s.items.Get(ctx, registryKey(id), revisionKey(id), checkpointKey(id))
	if err != nil {
		return r, at, err
	}
	if err := s.decode(ctx, items[0], &r); err != nil {
		return r, at, err
	}
	s.settings(&r)
	s.openRegistry(&r)
	at = revision{registry: items[0].Version, token: string(items[1].Value)}
	if at.registry == 0 || r.Deleted {
		return r, at, shipbell.NoRegistry(id)
	}
	s.readCheckpoint(ctx, id, items[2])
	return r, at, nil
}

// Registry reads a registry, or gives a NotFound error.
func (s *Store) Registry(ctx context.Context, id string) (shipbell.Registry, error) {
	r, _, err := s.registry(ctx, id)
	return r.Registry, err
}

// Registries lists all registries in the order of their ids, but for damaged ones.
func (s *Store) Registries(ctx context.Context) ([]shipbell.Registry, error) {
	registries := []shipbell.Registry{}
	for item, err := range s.items.Each(ctx, platform.Range{Partition: registryPartition}) {
		if err != nil {
			return nil, err
		}
		var r storedRegistry
		if s.decode(ctx, item, &r) == nil && !r.Deleted {
			s.openRegistry(&r)
			registries = append(registries, s.settings(&r))
		}
	}
	return registries, nil
}

// RegistryIDs lists the ids of all registries, of damaged ones too: their deliveries
// still wait.
func (s *Store) RegistryIDs(ctx context.Context) (ids []string, err error) {
	for item, err := range s.items.Each(ctx, platform.Range{Partition: registryPartition}) {
		if err != nil {
			return nil, err
		}
		var r storedRegistry
		if s.decode(ctx, item, &r) != nil || !r.Deleted {
			ids = append(ids, item.Sort)
		}
	}
	return ids, nil
}

// PutRegistry creates a valid registry or replaces its settings; created tells
// which.
func (s *Store) PutRegistry(ctx context.Context, r shipbell.Registry) (saved shipbell.Registry, created bool, err error) {
	err = s.retry(ctx, func() error {
		stored, version, err := s.registry(ctx, r.ID)
		if err != nil && shipbell.KindOf(err) != shipbell.NotFound {
			return err
		}
		created = err != nil
		r.UpdatedAt = s.o.Now().UTC()
		r.CreatedAt = stored.CreatedAt
		if created {
			r.CreatedAt = r.UpdatedAt
		}
		sealed, err := s.seal(registryContext(r.ID), r.Secret)
		if err != nil {
			return fmt.Errorf("seal the secret of registry %s: %w", r.ID, err)
		}
		return s.put(ctx, registryKey(r.ID), storedRegistry{Registry: r, Secret: sealed, LastTrigger: stored.LastTrigger, KeepUnmatched: &r.KeepUnmatched}, platform.Condition(version))
	})
	s.changed(r.ID, platform.Key{})
	return r, created, err
}

// DeleteRegistry deletes a registry that has no triggers. Its deliveries can no
// longer be seen.
func (s *Store) DeleteRegistry(ctx context.Context, id string) error {
	defer s.changed(id, platform.Key{})
	if _, _, err := s.registry(ctx, id); err != nil {
		return err
	}
	if err := s.noTriggers(ctx, id); err != nil {
		return err
	}
	if err := s.setDeleted(ctx, id, true); err != nil {
		return err
	}
	// Whoever stored a trigger meanwhile looks for the registry after it: either they
	// see that it is deleted, or their trigger is seen here.
	err := s.noTriggers(ctx, id)
	if shipbell.KindOf(err) == shipbell.Conflict {
		if undone := s.setDeleted(ctx, id, false); undone != nil {
			return undone
		}
	}
	return err
}

// noTriggers gives a Conflict error if a registry has triggers.
func (s *Store) noTriggers(ctx context.Context, registry string) error {
	left, err := s.items.Range(ctx, platform.Range{Partition: triggerPartition(registry), Limit: 1})
	if err == nil && len(left) > 0 {
		err = shipbell.NewError(shipbell.Conflict, text.RegistryHasTriggers, registry)
	}
	return err
}

// setDeleted marks a registry as deleted, or takes the mark back.
func (s *Store) setDeleted(ctx context.Context, id string, deleted bool) error {
	return s.retry(ctx, func() error {
		r, version, err := s.registry(ctx, id)
		if r.Deleted == deleted || err != nil && !r.Deleted {
			return err
		}
		r.Deleted = deleted
		return s.put(ctx, registryKey(id), r, platform.AtVersion(version))
	})
}

// nextTriggerID takes the next number of a registry. It is all that creations at once
// have to share.
func (s *Store) nextTriggerID(ctx context.Context, registry string) (shipbell.ID, error) {
	var id shipbell.ID
	err := s.retry(ctx, func() error {
		r, version, err := s.registry(ctx, registry)
		if err != nil {
			return err
		}
		r.LastTrigger++
		id = r.LastTrigger
		return s.put(ctx, registryKey(registry), r, platform.AtVersion(version))
	})
	if err == nil && id > shipbell.MaxID {
		err = errors.New("the registry has no trigger numbers left")
	}
	return id, err
}
