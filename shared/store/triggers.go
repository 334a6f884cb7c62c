package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

func triggerPartition(registry string) string { return "trigger/" + registry }

func triggerKey(registry string, id shipbell.ID) platform.Key {
	return platform.Key{Partition: triggerPartition(registry), Sort: fmt.Sprintf("%010d", id)}
}

// nameRecord keeps a trigger's name unique in its registry.
type nameRecord struct {
	ID      shipbell.ID `json:"id"`
	TakenAt time.Time   `json:"taken_at"`
}

func namePartition(registry string) string { return "trigger-name/" + registry }

func nameKey(registry, name string) platform.Key {
	return platform.Key{Partition: namePartition(registry), Sort: name}
}

func noTrigger(id shipbell.ID) error {
	return shipbell.NewError(shipbell.NotFound, text.TriggerUnknown, id)
}

// Trigger reads a trigger with its secrets opened, or gives a NotFound or Damaged error.
func (s *Store) Trigger(ctx context.Context, registry string, id shipbell.ID) (shipbell.Trigger, error) {
	if _, _, err := s.registry(ctx, registry); err != nil {
		return shipbell.Trigger{}, err
	}
	if id < 1 || id > shipbell.MaxID {
		return shipbell.Trigger{}, noTrigger(id)
	}
	items, err := s.items.Get(ctx, triggerKey(registry, id))
	if err != nil {
		return shipbell.Trigger{}, err
	}
	if items[0].Version == 0 {
		return shipbell.Trigger{}, noTrigger(id)
	}
	return s.decodeTrigger(ctx, registry, items[0])
}

// Triggers lists at most limit of a registry's triggers with numbers above
// after, in the order of their numbers. damaged is how many among them cannot be read and
// are left out.
func (s *Store) Triggers(ctx context.Context, registry string, after shipbell.ID, limit int) (triggers []shipbell.Trigger, damaged int, err error) {
	if _, _, err := s.registry(ctx, registry); err != nil {
		return nil, 0, err
	}
	r := platform.Range{Partition: triggerPartition(registry), From: triggerKey(registry, after+1).Sort}
	triggers = []shipbell.Trigger{}
	for len(triggers) < limit {
		r.Limit = limit - len(triggers)
		items, err := s.items.Range(ctx, r)
		if err != nil {
			return nil, 0, err
		}
		for _, item := range items {
			if t, err := s.decodeTrigger(ctx, registry, item); err == nil {
				triggers = append(triggers, t)
			} else {
				damaged++
			}
			r.From = item.Sort + "\x00"
		}
		if len(items) < r.Limit {
			break
		}
	}
	return triggers, damaged, nil
}

// CreateTrigger stores a valid trigger under the registry's next number, and numbers its
// targets. A name that is taken gives a Conflict error.
func (s *Store) CreateTrigger(ctx context.Context, t shipbell.Trigger) (shipbell.Trigger, error) {
	id, err := s.nextTriggerID(ctx, t.Registry)
	if err != nil {
		return t, err
	}
	t.ID, t.Version = id, 1
	t.CreatedAt = s.o.Now().UTC()
	t.UpdatedAt = t.CreatedAt
	t.NumberTargets()
	if err := s.takeName(ctx, t); err != nil {
		return t, err
	}
	if err := s.putTrigger(ctx, t, platform.Absent); err != nil {
		return t, err
	}
	if err := s.keepPlace(ctx, t); err != nil {
		return t, errors.Join(err, s.removeTrigger(ctx, t.Registry, t.ID))
	}
	return t, nil
}

// ReplaceTrigger stores a trigger, as Trigger.Change made it, in place of the one with
// its number and version; if another version is stored, it gives a Stale error.
func (s *Store) ReplaceTrigger(ctx context.Context, t shipbell.Trigger) (shipbell.Trigger, error) {
	old, err := s.Trigger(ctx, t.Registry, t.ID)
	if err != nil {
		return t, err
	}
	if old.Version != t.Version {
		return t, stale(old.Version)
	}
	if t.Name != old.Name {
		if err := s.takeName(ctx, t); err != nil {
			return t, err
		}
	}
	t.CreatedAt, t.UpdatedAt = old.CreatedAt, s.o.Now().UTC()
	if err := s.putTrigger(ctx, t, platform.AtVersion(t.Version)); err != nil {
		if errors.Is(err, platform.ErrConflict) {
			return t, stale(t.Version + 1)
		}
		return t, err
	}
	t.Version++
	if t.Name != old.Name {
		if err := s.freeName(ctx, old); err != nil {
			return t, err
		}
	}
	return t, nil
}

func stale(version int64) error {
	return shipbell.NewError(shipbell.Stale, text.TriggerChanged, version)
}

// DeleteTrigger deletes a trigger at any version.
func (s *Store) DeleteTrigger(ctx context.Context, registry string, id shipbell.ID) error {
	t, err := s.Trigger(ctx, registry, id)
	if err != nil {
		return err
	}
	if err := s.removeTrigger(ctx, registry, id); err != nil {
		return err
	}
	return s.freeName(ctx, t)
}

func (s *Store) removeTrigger(ctx context.Context, registry string, id shipbell.ID) error {
	return s.change(ctx, registry, platform.Write{Item: platform.Item{Key: triggerKey(registry, id)}, If: platform.Always, Delete: true})
}

func (s *Store) putTrigger(ctx context.Context, t shipbell.Trigger, condition platform.Condition) error {
	stored, err := s.sealTrigger(t)
	if err != nil {
		return err
	}
	data, err := json.Marshal(stored)
	if err != nil {
		return fmt.Errorf("encode trigger %d of %s: %w", t.ID, t.Registry, err)
	}
	return s.change(ctx, t.Registry, platform.Write{Item: platform.Item{Key: triggerKey(t.Registry, t.ID), Value: data}, If: condition})
}

// triggerIDOf is the number in a trigger's key; 0, which no trigger has, if there is none.
func triggerIDOf(key platform.Key) shipbell.ID {
	id, _ := strconv.ParseInt(key.Sort, 10, 64)
	return shipbell.ID(id)
}

func (s *Store) decodeTrigger(ctx context.Context, registry string, item platform.Item) (shipbell.Trigger, error) {
	var stored storedTrigger
	if err := s.decode(ctx, item, &stored); err != nil {
		return shipbell.Trigger{}, err
	}
	// The place comes from the key, not from the value: secrets of a copied row do
	// not open.
	stored.Registry, stored.ID, stored.Version = registry, triggerIDOf(item.Key), item.Version
	return s.openTrigger(stored), nil
}

// takeName reserves t's name for it, or gives a Conflict error.
func (s *Store) takeName(ctx context.Context, t shipbell.Trigger) error {
	return s.retry(ctx, func() error {
		version, err := s.nameVersion(ctx, t)
		if err != nil {
			return err
		}
		taken := nameRecord{ID: t.ID, TakenAt: s.o.Now().UTC()}
		return s.put(ctx, nameKey(t.Registry, t.Name), taken, platform.Condition(version))
	})
}

// CheckName gives a Conflict error if another trigger has t's name. It takes
// nothing: the name may be gone a moment later.
func (s *Store) CheckName(ctx context.Context, t shipbell.Trigger) error {
	_, err := s.nameVersion(ctx, t)
	return err
}

// nameVersion is the version of the record of t's name, or a Conflict error if the
// name is another's.
func (s *Store) nameVersion(ctx context.Context, t shipbell.Trigger) (int64, error) {
	var taken nameRecord
	item, found, err := s.get(ctx, nameKey(t.Registry, t.Name), &taken)
	if err != nil || !found || taken.ID == t.ID {
		return item.Version, err
	}
	other, err := s.Trigger(ctx, t.Registry, taken.ID)
	if err != nil && shipbell.KindOf(err) != shipbell.NotFound {
		return 0, err
	}
	inUse := err == nil && other.Name == t.Name
	if inUse || !s.abandoned(taken.TakenAt) {
		return 0, &shipbell.Error{
			Kind: shipbell.Conflict, Message: text.New(text.NameTaken, t.Name, taken.ID),
			Fields: []shipbell.FieldError{{Field: "name", Message: text.New(text.NameNotUnique)}},
		}
	}
	return item.Version, nil
}

// keepPlace checks, after t was stored, that its registry was not deleted meanwhile and
// that its name is still its own: somebody may have thought it abandoned.
func (s *Store) keepPlace(ctx context.Context, t shipbell.Trigger) error {
	if _, _, err := s.registry(ctx, t.Registry); err != nil {
		return err
	}
	var taken nameRecord
	if _, _, err := s.get(ctx, nameKey(t.Registry, t.Name), &taken); err != nil {
		return err
	}
	if taken.ID != t.ID {
		return shipbell.NewError(shipbell.Conflict, text.NameTakenMeanwhile, t.Name)
	}
	return nil
}

// freeName gives up a name that a trigger had. What was delivered under it is still found by it.
func (s *Store) freeName(ctx context.Context, t shipbell.Trigger) error {
	if err := s.keepFormer(ctx, t); err != nil {
		return err
	}
	var taken nameRecord
	item, found, err := s.get(ctx, nameKey(t.Registry, t.Name), &taken)
	if shipbell.KindOf(err) == shipbell.Damaged {
		return nil // it cannot be told whose it is: the name stays taken
	}
	if err != nil || !found || taken.ID != t.ID {
		return err
	}
	err = s.remove(ctx, nameKey(t.Registry, t.Name), platform.AtVersion(item.Version))
	if errors.Is(err, platform.ErrConflict) {
		return nil // somebody else has it already
	}
	return err
}
