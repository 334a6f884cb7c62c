package store

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// schemaVersion is the version of what docs/design.md says is kept, and of how its values
// are encoded. A version that can be read by the programs of before, such as one with a
// new field, has the same number. A store without a version has the first, or is older.
const schemaVersion = 1

func schemaKey() platform.Key { return platform.Key{Partition: startPartition, Sort: "schema"} }

// checkSchema fails for a store of another version than this program knows. A version
// that cannot be read keeps nobody out: all else may be sound.
func checkSchema(ctx context.Context, kv platform.KV) error {
	items, err := kv.Get(ctx, schemaKey())
	if err != nil {
		return err
	}
	version := schemaVersion
	if item := items[0]; item.Version == 0 || item.Damage != nil || json.Unmarshal(item.Value, &version) != nil {
		return nil
	}
	if version < 0 || version > schemaVersion {
		return fmt.Errorf("the store has schema version %d, and this version of Shipbell knows those up to %d: use the version of Shipbell that wrote it, or a newer one", version, schemaVersion)
	}
	return nil
}

// Checked is a key-value store that is read and written only if its schema version is
// known. The version is read before the first call, which is one call more in the life of
// a process; a store that does not answer then is asked again before the next.
type Checked struct {
	kv    platform.KV
	known atomic.Bool
}

// NewChecked makes a Checked over a key-value store.
func NewChecked(kv platform.KV) *Checked { return &Checked{kv: kv} }

func (c *Checked) check(ctx context.Context) error {
	if c.known.Load() {
		return nil
	}
	err := checkSchema(ctx, c.kv)
	c.known.Store(err == nil)
	return err
}

// Get implements platform.KV.
func (c *Checked) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	return c.kv.Get(ctx, keys...)
}

// Range implements platform.KV.
func (c *Checked) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	return c.kv.Range(ctx, r)
}

// Due implements platform.KV.
func (c *Checked) Due(ctx context.Context, from, until time.Time, limit int) ([]platform.Key, error) {
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	return c.kv.Due(ctx, from, until, limit)
}

// Write implements platform.KV.
func (c *Checked) Write(ctx context.Context, writes ...platform.Write) []error {
	if err := c.check(ctx); err != nil {
		errs := make([]error, len(writes))
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	return c.kv.Write(ctx, writes...)
}
