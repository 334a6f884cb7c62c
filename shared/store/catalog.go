package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Catalog is what one registry is known to hold.
type Catalog struct {
	store    *Store
	registry string
}

// Catalog returns the catalog of a registry.
func (s *Store) Catalog(registry string) *Catalog { return &Catalog{store: s, registry: registry} }

func (c *Catalog) key(key string) platform.Key {
	return platform.Key{Partition: "catalog/" + c.registry, Sort: key}
}

// Records reads records by key, in the order of the keys; one that is absent is
// zero.
func (c *Catalog) Records(ctx context.Context, keys ...string) ([]shipbell.Record, error) {
	records := make([]shipbell.Record, 0, len(keys))
	for chunk := range slices.Chunk(keys, 100) {
		at := make([]platform.Key, len(chunk))
		for i, key := range chunk {
			at[i] = c.key(key)
		}
		items, err := c.store.o.KV.Get(ctx, at...)
		if err != nil {
			return nil, unavailable(err)
		}
		for _, item := range items {
			var r shipbell.Record
			if item.Version > 0 {
				r = shipbell.Record{Key: item.Sort, Value: item.Value, Expires: item.Expires}
			}
			records = append(records, r)
		}
	}
	return records, nil
}

// Prefix reads the first records whose key begins with prefix, at most limit (up
// to 1,000), in the order of their keys.
func (c *Catalog) Prefix(ctx context.Context, prefix string, limit int) ([]shipbell.Record, error) {
	// No character sorts after U+10FFFF, and no key holds it.
	items, err := c.store.o.KV.Range(ctx, platform.Range{
		Partition: c.key("").Partition, From: prefix, To: prefix + "\U0010ffff", Limit: limit,
	})
	if err != nil {
		return nil, unavailable(err)
	}
	records := make([]shipbell.Record, len(items))
	for i, item := range items {
		records[i] = shipbell.Record{Key: item.Sort, Value: item.Value, Expires: item.Expires}
	}
	return records, nil
}

// latelyDeliveries is how many deliveries tell what was seen lately.
const latelyDeliveries = 200

// Lately answers the events that made the newest deliveries, and those of them
// that made none and are remembered: the newest first, and the same one perhaps
// several times. It takes two reads.
func (c *Catalog) Lately(ctx context.Context) ([]shipbell.Event, error) {
	type seen struct {
		at    time.Time
		event shipbell.Event
	}
	items, err := c.store.o.KV.Range(ctx, platform.Range{
		Partition: deliveryPartition(c.registry), Descending: true, Limit: latelyDeliveries,
	})
	if err != nil {
		return nil, unavailable(err)
	}
	deliveries, err := decodeDeliveries(items)
	if err != nil {
		return nil, err
	}
	var all []seen
	for _, d := range deliveries {
		all = append(all, seen{d.CreatedAt, d.Event})
	}
	ignored, err := c.store.Ignored(ctx, c.registry)
	if err != nil {
		return nil, err
	}
	for _, one := range ignored.Events {
		if one.Repository == "" {
			continue
		}
		all = append(all, seen{one.At, shipbell.Event{
			ID: one.EventID, Action: one.Action, Repository: shipbell.Repository{FullName: one.Repository},
			Resources: []shipbell.Resource{{Tag: one.Tag}},
		}})
	}
	slices.SortStableFunc(all, func(a, b seen) int { return b.at.Compare(a.at) })
	events := make([]shipbell.Event, len(all))
	for i := range all {
		events[i] = all[i].event
	}
	return events, nil
}

// Learn writes records, no two with the same key.
func (c *Catalog) Learn(ctx context.Context, records ...shipbell.Record) error {
	for chunk := range slices.Chunk(records, maxWrites) {
		writes := make([]platform.Write, len(chunk))
		for i, r := range chunk {
			writes[i] = platform.Write{
				Item: platform.Item{Key: c.key(r.Key), Value: r.Value, Expires: r.Expires}, If: platform.Always,
			}
			if r.Absent {
				writes[i].If = platform.Absent
			}
		}
		for _, err := range c.store.o.KV.Write(ctx, writes...) {
			if err != nil && !errors.Is(err, platform.ErrConflict) {
				return unavailable(err)
			}
		}
	}
	return nil
}
