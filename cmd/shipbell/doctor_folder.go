package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// folder is the store in a data directory that no server uses. Whoever can write to the
// directory needs no access key.
type folder struct {
	kv  *local.Store
	app *app.App
	key shipbell.AccessKey
}

// openFolder opens a data directory and checks its file as a whole.
func openFolder(ctx context.Context, dir string) (patient, error) {
	// Opening would make a new store.
	if _, err := os.Stat(filepath.Join(dir, local.File)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no store in %s", dir)
	}
	kv, err := local.Open(dir, local.Options{})
	if err != nil {
		return nil, err
	}
	if err := kv.Check(ctx); err != nil {
		return nil, errors.Join(err, kv.Close())
	}
	// It opens no secrets and saves no deliveries, and so needs no sealer and no retention.
	kept := store.New(store.Options{KV: kv, Now: time.Now})
	return &folder{kv: kv, app: &app.App{Store: kept, Now: time.Now}, key: shipbell.AccessKey{Role: shipbell.RoleAdmin}}, nil
}

func (f *folder) check(ctx context.Context) (checked int, err error) {
	for after := ""; ; {
		n, next, err := f.app.CheckRecords(ctx, f.key, after)
		if checked += n; err != nil || next == "" {
			return checked, err
		}
		after = next
	}
}

func (f *folder) list(ctx context.Context) ([]apiv1.Record, error) {
	records, err := f.app.ListRecords(ctx, f.key)
	return apiv1.NewRecords(records).Records, err
}

func (f *folder) drop(ctx context.Context, name string) error {
	return f.app.DropRecord(ctx, f.key, name)
}

func (f *folder) close() error { return f.kv.Close() }
