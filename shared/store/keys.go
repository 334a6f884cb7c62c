package store

import (
	"context"
	"fmt"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const accessKeyPartition = "access-key"

func accessKeyKey(id string) platform.Key {
	return platform.Key{Partition: accessKeyPartition, Sort: id}
}

type storedKey struct {
	shipbell.AccessKey
	Secret string `json:"secret"`
}

func noKey(id string) error {
	return shipbell.NewError(shipbell.NotFound, text.KeyUnknown, id)
}

// AccessKey reads an access key with its secret, or gives a NotFound or Damaged error. It
// may be up to a second old.
func (s *Store) AccessKey(ctx context.Context, id string) (shipbell.AccessKey, error) {
	now := s.o.Now()
	if key, fresh := s.keys.get(accessKeyKey(id), now); fresh {
		return key, nil
	}
	if !shipbell.ValidName(id) {
		return shipbell.AccessKey{}, noKey(id)
	}
	var stored storedKey
	_, found, err := s.get(ctx, accessKeyKey(id), &stored)
	if err != nil {
		return shipbell.AccessKey{}, err
	}
	if !found {
		return shipbell.AccessKey{}, noKey(id)
	}
	key := stored.AccessKey
	key.Secret = s.open(keyContext(id), stored.Secret)
	s.keys.put(accessKeyKey(id), key, now)
	return key, nil
}

// AccessKeys lists all access keys without their secrets, but for damaged ones.
func (s *Store) AccessKeys(ctx context.Context) ([]shipbell.AccessKey, error) {
	keys := []shipbell.AccessKey{}
	for item, err := range s.items.Each(ctx, platform.Range{Partition: accessKeyPartition}) {
		if err != nil {
			return nil, err
		}
		var stored storedKey
		if s.decode(ctx, item, &stored) == nil {
			keys = append(keys, stored.AccessKey)
		}
	}
	return keys, nil
}

// CreateAccessKey stores a new access key; its id must be new too.
func (s *Store) CreateAccessKey(ctx context.Context, key shipbell.AccessKey) (shipbell.AccessKey, error) {
	key.CreatedAt = s.o.Now().UTC()
	sealed, err := s.seal(keyContext(key.ID), key.Secret)
	if err != nil {
		return key, fmt.Errorf("seal access key %s: %w", key.ID, err)
	}
	return key, s.put(ctx, accessKeyKey(key.ID), storedKey{AccessKey: key, Secret: sealed}, platform.Absent)
}

// DeleteAccessKey deletes an access key, or gives a NotFound error.
func (s *Store) DeleteAccessKey(ctx context.Context, id string) error {
	defer s.keys.forget(accessKeyKey(id))
	var stored storedKey
	if _, found, err := s.get(ctx, accessKeyKey(id), &stored); err != nil || !found {
		if err == nil {
			err = noKey(id)
		}
		return err
	}
	return s.remove(ctx, accessKeyKey(id), platform.Always)
}

func keyContext(id string) string { return "v1\x00access-key\x00" + id }
