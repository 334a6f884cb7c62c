package store

import (
	"context"
	"errors"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// storedRegistry is a registry's record. Its version in the store is also the
// revision of the registry's triggers: every change of one writes it anew.
type storedRegistry struct {
	shipbell.Registry
	// LastTrigger is the highest number given to a trigger.
	LastTrigger shipbell.ID `json:"last_trigger"`
	// Deleted keeps the record, so that numbers are never given twice.
	Deleted bool `json:"deleted,omitempty"`
}

const registryPartition = "registry"

func registryKey(id string) platform.Key {
	return platform.Key{Partition: registryPartition, Sort: id}
}

// registry reads a registry's record and its revision, or gives a NotFound or Damaged
// error. Nothing writes in place of a damaged record, so that its trigger numbers do not
// begin again. Its checkpoint comes with it, for the deliveries that are stored next.
func (s *Store) registry(ctx context.Context, id string) (r storedRegistry, revision int64, err error) {
	if !shipbell.ValidName(id) {
		return r, 0, shipbell.NoRegistry(id)
	}
	items, err := s.items.Get(ctx, registryKey(id), checkpointKey(id))
	if err != nil {
		return r, 0, err
	}
	if err := s.decode(ctx, items[0], &r); err != nil {
		return r, 0, err
	}
	if items[0].Version == 0 || r.Deleted {
		return r, items[0].Version, shipbell.NoRegistry(id)
	}
	var c Checkpoint
	if err := s.decode(ctx, items[1], &c); err == nil {
		s.keepCheckpoint(id, c) // without one every delivery gets a due time
	}
	return r, items[0].Version, nil
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
			registries = append(registries, r.Registry)
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
	err = retry(ctx, func() error {
		stored, revision, err := s.registry(ctx, r.ID)
		if err != nil && shipbell.KindOf(err) != shipbell.NotFound {
			return err
		}
		created = err != nil
		r.UpdatedAt = s.o.Now().UTC()
		r.CreatedAt = stored.CreatedAt
		if created {
			r.CreatedAt = r.UpdatedAt
		}
		return s.put(ctx, registryKey(r.ID), storedRegistry{Registry: r, LastTrigger: stored.LastTrigger}, platform.Condition(revision))
	})
	s.forgetRules(r.ID)
	return r, created, err
}

// DeleteRegistry deletes a registry that has no triggers. Its deliveries can no
// longer be seen.
func (s *Store) DeleteRegistry(ctx context.Context, id string) error {
	err := retry(ctx, func() error {
		r, revision, err := s.registry(ctx, id)
		if err != nil {
			return err
		}
		left, err := s.items.Range(ctx, platform.Range{Partition: triggerPartition(id), Limit: 1})
		if err != nil {
			return err
		}
		if len(left) > 0 {
			return shipbell.NewError(shipbell.Conflict, text.RegistryHasTriggers, id)
		}
		r.Deleted = true
		return s.put(ctx, registryKey(id), r, platform.AtVersion(revision))
	})
	s.forgetRules(id)
	return err
}

// touch gives the registry a new revision, so that every process sees within a
// second that its triggers have changed.
func (s *Store) touch(ctx context.Context, registry string, change func(*storedRegistry)) error {
	defer s.forgetRules(registry)
	return retry(ctx, func() error {
		r, revision, err := s.registry(ctx, registry)
		if err != nil {
			return err
		}
		if change != nil {
			change(&r)
		}
		return s.put(ctx, registryKey(registry), r, platform.AtVersion(revision))
	})
}

// nextTriggerID takes the next number of a registry.
func (s *Store) nextTriggerID(ctx context.Context, registry string) (shipbell.ID, error) {
	var id shipbell.ID
	err := s.touch(ctx, registry, func(r *storedRegistry) {
		r.LastTrigger++
		id = r.LastTrigger
	})
	if err == nil && id > shipbell.MaxID {
		err = errors.New("the registry has no trigger numbers left")
	}
	return id, err
}
