package store

import (
	"context"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

func probeKey() platform.Key { return platform.Key{Partition: "start", Sort: "probe"} }

// CanRead gives an error if the store does not answer a read.
func (s *Store) CanRead(ctx context.Context) error {
	_, err := s.items.Get(ctx, probeKey())
	return err
}

// CanWrite gives an error if the store does not take a write, as with a full disk.
func (s *Store) CanWrite(ctx context.Context) error {
	item := platform.Item{Key: probeKey(), Value: []byte("{}"), Expires: s.o.Now().Add(24 * time.Hour)}
	return platform.First(s.items.Write(ctx, platform.Write{Item: item, If: platform.Always}))
}
