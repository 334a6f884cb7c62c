package store

import (
	"context"
	"reflect"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// ChangeTrigger is ReplaceTrigger for a user who changed old, as it was read, into
// t: what is the same is not stored again, and deliveries of a trigger that was
// disabled are cancelled.
func (s *Store) ChangeTrigger(ctx context.Context, old, t shipbell.Trigger) (shipbell.Trigger, error) {
	if old.Normalise(); reflect.DeepEqual(t, old) {
		return old, nil
	}
	t, err := s.ReplaceTrigger(ctx, t)
	if err == nil && old.Enabled && !t.Enabled {
		err = s.CancelPending(ctx, t.Registry, t.ID, text.CancelledTriggerDisabled)
	}
	return t, err
}

// RemoveTrigger is DeleteTrigger which also cancels the trigger's deliveries.
func (s *Store) RemoveTrigger(ctx context.Context, registry string, id shipbell.ID) error {
	if err := s.DeleteTrigger(ctx, registry, id); err != nil {
		return err
	}
	return s.CancelPending(ctx, registry, id, text.CancelledTriggerDeleted)
}
