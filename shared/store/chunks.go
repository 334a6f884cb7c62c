package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// chunkSize is the most bytes of a chunk, well under platform.MaxValue.
const chunkSize = 128 << 10

// errMissing tells that what a record names is not kept any more, or is damaged.
var errMissing = errors.New("not kept any more, or damaged")

// hashOf names bytes: nobody can make others that have the same.
func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// chunksOf names data that is cut into chunks.
func chunksOf(data []byte) shipbell.Chunks {
	return shipbell.Chunks{Hash: hashOf(data), Count: (len(data) + chunkSize - 1) / chunkSize}
}

func chunkKeys(partition, kind string, c shipbell.Chunks) []platform.Key {
	keys := make([]platform.Key, c.Count)
	for i := range keys {
		keys[i] = platform.Key{Partition: partition, Sort: fmt.Sprintf("%s/%s/%d", kind, c.Hash, i)}
	}
	return keys
}

// putChunks keeps data until a time, the first chunk last: where it is, all are, and for
// as long. Keys hold the hash of the data, so whoever writes a chunk writes the same
// bytes: it needs no condition, and a second write only keeps it longer.
func (s *Store) putChunks(ctx context.Context, partition, kind string, data []byte, expires time.Time) (shipbell.Chunks, error) {
	c := chunksOf(data)
	writes := make([]platform.Write, c.Count)
	for i, key := range chunkKeys(partition, kind, c) {
		part := data[i*chunkSize : min((i+1)*chunkSize, len(data))]
		writes[i] = platform.Write{Item: platform.Item{Key: key, Value: part, Expires: expires}, If: platform.Always}
	}
	if err := platform.First(s.items.Write(ctx, writes[1:]...)); err != nil {
		return c, err
	}
	return c, s.write(ctx, writes[0])
}

// getChunks reads data back. It is errMissing if not all of it is there as it was.
func (s *Store) getChunks(ctx context.Context, partition, kind string, c shipbell.Chunks) ([]byte, error) {
	items, err := s.items.Get(ctx, chunkKeys(partition, kind, c)...)
	if err != nil {
		return nil, err
	}
	var data []byte
	for _, item := range items {
		data = append(data, item.Value...)
	}
	if hashOf(data) != c.Hash {
		return nil, fmt.Errorf("read %s %s/%s: %w", partition, kind, c.Hash, errMissing)
	}
	return data, nil
}
