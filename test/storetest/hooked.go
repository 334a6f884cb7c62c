package storetest

import (
	"context"

	"github.com/shipbell/shipbell/shared/platform"
)

// Hooked is a key-value store that tells of every call before it is made: its method and
// the partitions that it is about. What Before does the call waits for.
type Hooked struct {
	platform.KV
	Before func(method string, partitions ...string)
}

// Get implements platform.KV.
func (h Hooked) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	partitions := make([]string, len(keys))
	for i, key := range keys {
		partitions[i] = key.Partition
	}
	h.Before("Get", partitions...)
	return h.KV.Get(ctx, keys...)
}

// Range implements platform.KV.
func (h Hooked) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	h.Before("Range", r.Partition)
	return h.KV.Range(ctx, r)
}

// Write implements platform.KV.
func (h Hooked) Write(ctx context.Context, writes ...platform.Write) []error {
	partitions := make([]string, len(writes))
	for i := range writes {
		partitions[i] = writes[i].Item.Partition
	}
	h.Before("Write", partitions...)
	return h.KV.Write(ctx, writes...)
}
