package store

import (
	"context"
	"errors"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// CatalogRecord is one thing known about what a registry holds. What the value
// says is the business of package source.
type CatalogRecord struct {
	Key   string
	Value []byte
	// Absent means to write it only if there is none.
	Absent bool
	// Expires is when it may be forgotten; zero means never.
	Expires time.Time
}

func catalogKey(registry, key string) platform.Key {
	return platform.Key{Partition: "catalog/" + registry, Sort: key}
}

// CatalogRecords reads at most 100 records by key, in the order of the keys; one
// that is absent is zero.
func (s *Store) CatalogRecords(ctx context.Context, registry string, keys ...string) ([]CatalogRecord, error) {
	at := make([]platform.Key, len(keys))
	for i, key := range keys {
		at[i] = catalogKey(registry, key)
	}
	items, err := s.o.KV.Get(ctx, at...)
	if err != nil {
		return nil, unavailable(err)
	}
	records := make([]CatalogRecord, len(items))
	for i, item := range items {
		if item.Version > 0 {
			records[i] = CatalogRecord{Key: item.Sort, Value: item.Value, Expires: item.Expires}
		}
	}
	return records, nil
}

// CatalogPrefix reads the first records whose key begins with prefix, at most
// limit (up to 1,000), in the order of their keys.
func (s *Store) CatalogPrefix(ctx context.Context, registry, prefix string, limit int) ([]CatalogRecord, error) {
	// No character sorts after U+10FFFF, and no key holds it.
	items, err := s.o.KV.Range(ctx, platform.Range{
		Partition: catalogKey(registry, "").Partition, From: prefix, To: prefix + "\U0010ffff", Limit: limit,
	})
	if err != nil {
		return nil, unavailable(err)
	}
	records := make([]CatalogRecord, len(items))
	for i, item := range items {
		records[i] = CatalogRecord{Key: item.Sort, Value: item.Value, Expires: item.Expires}
	}
	return records, nil
}

// Learn writes records, each once per call.
func (s *Store) Learn(ctx context.Context, registry string, records ...CatalogRecord) error {
	for len(records) > 0 {
		n := min(len(records), maxWrites)
		writes := make([]platform.Write, n)
		for i, r := range records[:n] {
			writes[i] = platform.Write{
				Item: platform.Item{Key: catalogKey(registry, r.Key), Value: r.Value, Expires: r.Expires}, If: platform.Always,
			}
			if r.Absent {
				writes[i].If = platform.Absent
			}
		}
		for _, err := range s.o.KV.Write(ctx, writes...) {
			if err != nil && !errors.Is(err, platform.ErrConflict) {
				return unavailable(err)
			}
		}
		records = records[n:]
	}
	return nil
}
