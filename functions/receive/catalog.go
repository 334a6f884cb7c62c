package receive

import (
	"context"

	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/store"
)

// catalog is a registry's catalog in the store, as package source wants it.
type catalog struct {
	store    *store.Store
	registry string
}

// Records implements source.Catalog.
func (c catalog) Records(ctx context.Context, keys ...string) ([]source.Record, error) {
	var records []source.Record
	for len(keys) > 0 {
		n := min(len(keys), 100)
		found, err := c.store.CatalogRecords(ctx, c.registry, keys[:n]...)
		if err != nil {
			return nil, err
		}
		records = append(records, fromStore(found)...)
		keys = keys[n:]
	}
	return records, nil
}

// Prefix implements source.Catalog.
func (c catalog) Prefix(ctx context.Context, prefix string, limit int) ([]source.Record, error) {
	found, err := c.store.CatalogPrefix(ctx, c.registry, prefix, limit)
	return fromStore(found), err
}

func (c catalog) learn(ctx context.Context, records []source.Record) error {
	learned := make([]store.CatalogRecord, len(records))
	for i, r := range records {
		learned[i] = store.CatalogRecord(r)
	}
	return c.store.Learn(ctx, c.registry, learned...)
}

func fromStore(found []store.CatalogRecord) []source.Record {
	records := make([]source.Record, len(found))
	for i, r := range found {
		records[i] = source.Record(r)
	}
	return records
}
