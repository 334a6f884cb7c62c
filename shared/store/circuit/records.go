package circuit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Key names a circuit: a target of a trigger of a registry.
type Key struct {
	Registry string
	Trigger  shipbell.ID
	Target   shipbell.TargetID
}

func partition(registry string) string { return "circuit/" + registry }

func (k Key) item() platform.Key {
	return platform.Key{Partition: partition(k.Registry), Sort: fmt.Sprintf("%010d/%d", k.Trigger, k.Target)}
}

// Records keeps the circuits that are open. It holds nothing in memory.
type Records struct{ items platform.Items }

// NewRecords makes Records over the items of a key-value store.
func NewRecords(items platform.Items) *Records { return &Records{items} }

// Get reads a circuit, closed if there is no record. A record that cannot be decoded is
// no error: see Circuit.Unreadable.
func (r *Records) Get(ctx context.Context, key Key) (Circuit, error) {
	items, err := r.items.Get(ctx, key.item())
	if err != nil {
		return Circuit{}, fmt.Errorf("read the circuit of %s: %w", key.item().Sort, err)
	}
	return decode(items[0]), nil
}

func decode(item platform.Item) Circuit {
	if item.Version == 0 {
		return Circuit{}
	}
	var c Circuit
	if err := json.Unmarshal(item.Value, &c); err != nil {
		c = Circuit{Unreadable: true}
	}
	c.Version = item.Version
	return c
}

// Put stores a changed circuit in place of the version that it was read at, and counts its
// version up. saved is false, and nothing is changed, when another process has stored
// one meanwhile.
func (r *Records) Put(ctx context.Context, key Key, c *Circuit) (saved bool, err error) {
	value, err := json.Marshal(c)
	if err != nil {
		return false, fmt.Errorf("encode the circuit of %s: %w", key.item().Sort, err)
	}
	item := platform.Item{Key: key.item(), Value: value, Expires: c.expires()}
	err = r.items.Write(ctx, platform.Write{Item: item, If: platform.Condition(c.Version)})[0]
	if errors.Is(err, platform.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store the circuit of %s: %w", key.item().Sort, err)
	}
	c.Version++
	return true, nil
}

// Close closes a circuit, whatever its record says.
func (r *Records) Close(ctx context.Context, key Key) error {
	err := r.items.Write(ctx, platform.Write{Item: platform.Item{Key: key.item()}, If: platform.Always, Delete: true})[0]
	if err != nil {
		return fmt.Errorf("close the circuit of %s: %w", key.item().Sort, err)
	}
	return nil
}

// Kept is a circuit with its key.
type Kept struct {
	Key
	Circuit
}

// List answers a registry's circuits that are not closed, at most limit, in the order of
// their triggers. Unreadable ones are left out.
func (r *Records) List(ctx context.Context, registry string, limit int) ([]Kept, error) {
	items, err := r.items.Range(ctx, platform.Range{Partition: partition(registry), Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("list the circuits of %s: %w", registry, err)
	}
	var list []Kept
	for _, item := range items {
		key := Key{Registry: registry}
		_, err := fmt.Sscanf(item.Sort, "%d/%d", &key.Trigger, &key.Target)
		if c := decode(item); err == nil && !c.OpenedAt.IsZero() {
			list = append(list, Kept{key, c})
		}
	}
	return list, nil
}
