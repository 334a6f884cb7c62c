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
	at := make([]platform.Key, len(keys))
	for i, key := range keys {
		at[i] = c.key(key)
	}
	items, err := c.store.items.Get(ctx, at...)
	if err != nil {
		return nil, err
	}
	records := make([]shipbell.Record, len(items))
	for i, item := range items {
		if item.Version > 0 {
			records[i] = shipbell.Record{Key: item.Sort, Value: item.Value, Expires: item.Expires}
		}
	}
	return records, nil
}

// Prefix reads the first records whose key begins with prefix, at most limit (up
// to 1,000), in the order of their keys.
func (c *Catalog) Prefix(ctx context.Context, prefix string, limit int) ([]shipbell.Record, error) {
	// No character sorts after U+10FFFF, and no key holds it.
	items, err := c.store.items.Range(ctx, platform.Range{
		Partition: c.key("").Partition, From: prefix, To: prefix + "\U0010ffff", Limit: limit,
	})
	if err != nil {
		return nil, err
	}
	records := make([]shipbell.Record, len(items))
	for i, item := range items {
		records[i] = shipbell.Record{Key: item.Sort, Value: item.Value, Expires: item.Expires}
	}
	return records, nil
}

// Claim takes a key for an event, unless another event took it and it has not expired. It
// answers whose the key is: the same whenever the event is sent again.
func (c *Catalog) Claim(ctx context.Context, key, eventID string, expires time.Time) (owner string, err error) {
	item := platform.Item{Key: c.key(key), Value: []byte(eventID), Expires: expires}
	err = c.store.retry(ctx, func() error {
		owner = eventID
		err := c.store.write(ctx, platform.Write{Item: item, If: platform.Absent})
		if !errors.Is(err, platform.ErrConflict) {
			return err
		}
		items, err := c.store.items.Get(ctx, item.Key)
		switch {
		case err != nil:
			return err
		case items[0].Version == 0: // it has expired meanwhile
			return platform.ErrConflict
		case items[0].Damage != nil: // nobody can tell whose it was
			return c.store.write(ctx, platform.Write{Item: item, If: platform.Damaged})
		}
		owner = string(items[0].Value)
		return nil
	})
	return owner, err
}

// recentDeliveries is how many deliveries RecentEvents reads.
const recentDeliveries = 200

// RecentEvents answers the events of the newest deliveries and the ignored events that
// are remembered and name a repository, newest first. An event with several deliveries
// comes several times, and one with many resources with its first. It takes two reads.
func (c *Catalog) RecentEvents(ctx context.Context) ([]shipbell.Event, error) {
	type received struct {
		at    time.Time
		event shipbell.Event
	}
	items, err := c.store.newest(ctx, c.registry, 0, "", "", recentDeliveries)
	if err != nil {
		return nil, err
	}
	var all []received
	for _, d := range c.store.decodeDeliveries(ctx, items) {
		all = append(all, received{d.CreatedAt, d.Event})
	}
	recent, err := c.store.ignored.Recent(ctx, c.registry)
	if err != nil {
		return nil, err
	}
	for _, one := range recent.Events {
		if one.Repository == "" {
			continue
		}
		all = append(all, received{one.At, shipbell.Event{
			ID: one.EventID, Action: one.Action, Repository: shipbell.Repository{FullName: one.Repository},
			Resources: []shipbell.Resource{{Tag: one.Tag}},
		}})
	}
	slices.SortStableFunc(all, func(a, b received) int { return b.at.Compare(a.at) })
	events := make([]shipbell.Event, len(all))
	for i := range all {
		events[i] = all[i].event
	}
	return events, nil
}

// Learn writes records, no two with the same key.
func (c *Catalog) Learn(ctx context.Context, records ...shipbell.Record) error {
	return learned(c.store.items.Write(ctx, c.writes(records)...))
}

func (c *Catalog) writes(records []shipbell.Record) []platform.Write {
	writes := make([]platform.Write, len(records))
	for i, r := range records {
		writes[i] = platform.Write{
			Item: platform.Item{Key: c.key(r.Key), Value: r.Value, Expires: r.Expires}, If: platform.Always,
		}
		if r.Absent {
			writes[i].If = platform.Absent
		}
	}
	return writes
}

// learned is the error of such writes: a record that is there already is none.
func learned(errs []error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, platform.ErrConflict) {
			return err
		}
	}
	return nil
}
