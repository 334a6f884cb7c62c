package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// What is kept of starts: how often a first key was made, and a text that shows
// which sealing key the secrets are sealed with.
func firstKeyKey() platform.Key { return platform.Key{Partition: startPartition, Sort: "first-key"} }
func sealMarkKey() platform.Key { return platform.Key{Partition: startPartition, Sort: "seal-mark"} }

const startPartition = "start"

// FirstStart makes a registry and an access key in a store that has no access keys,
// and reports whether it did. announce is called before, for the key's secret is
// nowhere else in readable form. Of processes that start at once, one makes a key:
// all is one conditional write.
func (s *Store) FirstStart(ctx context.Context, r shipbell.Registry, key shipbell.AccessKey, announce func() error) (made bool, err error) {
	var starts int64
	mark, _, err := s.get(ctx, firstKeyKey(), &starts) // read before the keys, so that whoever makes one meanwhile has changed it
	if err != nil && shipbell.KindOf(err) != shipbell.Damaged {
		return false, err
	}
	// A damaged key is a key: nobody gets another because of it.
	keys, err := s.items.Range(ctx, platform.Range{Partition: accessKeyPartition, Limit: 1})
	if err != nil || len(keys) > 0 {
		return false, err
	}
	stored, revision, err := s.registry(ctx, r.ID)
	exists := err == nil || shipbell.KindOf(err) == shipbell.Damaged
	if !exists && shipbell.KindOf(err) != shipbell.NotFound {
		return false, err
	}
	now := s.o.Now().UTC()
	key.CreatedAt, r.CreatedAt, r.UpdatedAt = now, now, now
	sealed, err := s.seal(keyContext(key.ID), key.Secret)
	if err != nil {
		return false, fmt.Errorf("seal access key %s: %w", key.ID, err)
	}
	writes := []platform.Write{{Item: platform.Item{Key: firstKeyKey()}, If: platform.Condition(mark.Version)}}
	values := []any{starts + 1, storedKey{AccessKey: key, Secret: sealed}, storedRegistry{Registry: r, LastTrigger: stored.LastTrigger}}
	writes = append(writes, platform.Write{Item: platform.Item{Key: accessKeyKey(key.ID)}, If: platform.Absent, Guarded: true})
	if !exists {
		writes = append(writes, platform.Write{Item: platform.Item{Key: registryKey(r.ID)}, If: platform.Condition(revision), Guarded: true})
	}
	for i := range writes {
		if writes[i].Item.Value, err = json.Marshal(values[i]); err != nil {
			return false, fmt.Errorf("encode %s: %w", writes[i].Item.Sort, err)
		}
	}
	if err := announce(); err != nil {
		return false, err
	}
	errs := s.items.Write(ctx, writes...)
	if errors.Is(errs[0], platform.ErrConflict) {
		return false, nil
	}
	return true, unavailable(platform.First(errs))
}

// errOtherKey tells that this process has another sealing key than the store.
var errOtherKey = errors.New("the secrets in this store were sealed with another key")

// CheckSealer fails if the secrets in the store were sealed with a key that is not
// in the sealer's ring. The first call for a store writes a mark, which later ones
// must be able to open.
func (s *Store) CheckSealer(ctx context.Context) error {
	const text, place = "shipbell", "v1\x00seal-mark"
	var mark string
	item, found, err := s.get(ctx, sealMarkKey(), &mark)
	damaged := shipbell.KindOf(err) == shipbell.Damaged // the keys tell as well
	if err != nil && !damaged {
		return err
	}
	if found && !damaged {
		if opened, err := s.o.Sealer.Open(place, mark); err != nil || opened != text {
			return errOtherKey
		}
	} else if err := s.opensKeys(ctx); err != nil {
		return err
	}
	// It is sealed anew, so that it goes with a key that replaces an older one.
	if mark, err = s.o.Sealer.Seal(place, text); err != nil {
		return fmt.Errorf("seal a mark: %w", err)
	}
	err = s.put(ctx, sealMarkKey(), mark, platform.Condition(item.Version))
	if errors.Is(err, platform.ErrConflict) {
		return s.CheckSealer(ctx) // another process was first: its mark counts
	}
	return err
}

// opensKeys fails if there is an access key whose secret does not open: the store is
// older than its mark.
func (s *Store) opensKeys(ctx context.Context) error {
	keys, err := s.AccessKeys(ctx)
	if err != nil || len(keys) == 0 {
		return err
	}
	key, err := s.AccessKey(ctx, keys[0].ID)
	if err != nil {
		return err
	}
	if _, err := key.Secret.Reveal(); err != nil {
		return errOtherKey
	}
	return nil
}
