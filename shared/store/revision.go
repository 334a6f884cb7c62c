package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// A registry's triggers have a revision: a random token in a record of its own. A change
// of a trigger writes a fresh token, whatever is there, so that changes at once do not
// meet. Whoever keeps rules compares the token.
//
// A process may end between the change and the token. So the change is guarded by an item
// that leaves with the token, and sweep writes a token for an item that was left.

func revisionKey(registry string) platform.Key {
	return platform.Key{Partition: "revision", Sort: registry}
}

// changingPartition holds the changes under way in all registries.
const changingPartition = "changing"

func changingKey(registry, token string) platform.Key {
	return platform.Key{Partition: changingPartition, Sort: registry + "/" + token}
}

// registryOfChanging is the registry of a changing item: no registry has a slash in its id.
func registryOfChanging(key platform.Key) string {
	registry, _, _ := strings.Cut(key.Sort, "/")
	return registry
}

// token draws a text that no other draw gives.
func (s *Store) token() string { return fmt.Sprintf("%016x%016x", s.o.Random(), s.o.Random()) }

// newRevision is the write that gives a registry's triggers another revision.
func (s *Store) newRevision(registry string) platform.Write {
	return platform.Write{Item: platform.Item{Key: revisionKey(registry), Value: []byte(s.token())}, If: platform.Always}
}

// change makes one write about a trigger of a registry, and gives the registry's triggers
// a new revision. It gives platform.ErrConflict, with nothing changed, if the write's
// condition does not hold.
func (s *Store) change(ctx context.Context, registry string, w platform.Write) error {
	defer s.changed(registry, w.Item.Key)
	began, err := json.Marshal(s.o.Now().UTC())
	if err != nil {
		return fmt.Errorf("encode the time of a change: %w", err)
	}
	changing := platform.Item{Key: changingKey(registry, s.token()), Value: began}
	w.Guarded = true
	errs := s.items.Write(ctx, platform.Write{Item: changing, If: platform.Absent}, w)
	if errs[0] != nil {
		return fmt.Errorf("begin a change of %s: %w", registry, errs[0])
	}
	if errs[1] != nil && !errors.Is(errs[1], platform.ErrConflict) {
		return errs[1] // it may be done: sweep sees to the revision
	}
	// Once the change is stored it must come into force, though its caller may leave.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revisionTimeout)
	defer cancel()
	end := platform.Write{Item: changing, If: platform.Always, Delete: true}
	if errs[1] != nil {
		return errors.Join(errs[1], s.write(ctx, end))
	}
	end.Guarded = true
	return s.items.Write(ctx, s.newRevision(registry), end)[0]
}

// revisionTimeout bounds the last write of a change.
const revisionTimeout = 5 * time.Second

// SettleChanges gives a new revision to registries with a change whose process ended
// before it could. Sweep calls it.
func (s *Store) SettleChanges(ctx context.Context) error {
	items, err := s.items.Range(ctx, platform.Range{Partition: changingPartition, Limit: 1000})
	if err != nil {
		return err
	}
	var errs []error
	for _, item := range items {
		var began time.Time
		if err := json.Unmarshal(item.Value, &began); err == nil && !s.abandoned(began) {
			continue
		}
		errs = append(errs, s.items.Write(ctx, s.newRevision(registryOfChanging(item.Key)),
			platform.Write{Item: platform.Item{Key: item.Key}, If: platform.Always, Delete: true, Guarded: true})...)
	}
	return errors.Join(errs...)
}

// abandonedAfter is when a process that began a change has ended: its change is settled,
// and a name that it took for a trigger that is not stored is free again.
const abandonedAfter = time.Minute

// abandoned reports whether what began at a time, by the clock of another process, was
// abandoned. A time further ahead than clocks may differ comes from one that was wrong.
func (s *Store) abandoned(began time.Time) bool {
	age := s.o.Now().Sub(began)
	return age >= abandonedAfter || age < -shipbell.MaxSkew
}
