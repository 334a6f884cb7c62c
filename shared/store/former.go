package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func formerKey(registry, name string) platform.Key {
	return platform.Key{Partition: "trigger-former/" + registry, Sort: name}
}

// keepFormer keeps which trigger had a name that it gives up, for as long as its deliveries
// are kept.
func (s *Store) keepFormer(ctx context.Context, t shipbell.Trigger) error {
	now := s.o.Now().UTC()
	value, err := json.Marshal(nameRecord{ID: t.ID, TakenAt: now})
	if err != nil {
		return fmt.Errorf("encode the former name of trigger %d: %w", t.ID, err)
	}
	return s.write(ctx, platform.Write{If: platform.Always, Item: platform.Item{
		Key: formerKey(t.Registry, t.Name), Value: value, Expires: later(s.expires(now), s.outlives(now, t.Retry)),
	}})
}

// FormerTrigger is the number of the trigger that had a name last, of those that were
// deleted or renamed while their deliveries are kept.
func (s *Store) FormerTrigger(ctx context.Context, registry, name string) (id shipbell.ID, found bool, err error) {
	var former nameRecord
	_, found, err = s.get(ctx, formerKey(registry, name), &former)
	if shipbell.KindOf(err) == shipbell.Damaged {
		return 0, false, nil // it was set aside, and names nobody
	}
	return former.ID, found, err
}
