package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

const (
	adminKeyFile = "admin-key"
	sealKeyFile  = "seal-key"

	sealKeyVariable = "SHIPBELL_SEAL_KEY"
)

// openSealer reads the sealing keys from SHIPBELL_SEAL_KEY or else from the data
// directory, where it makes one for a new store that no other process shares.
// Without the key that an old store was sealed with nothing could be opened, so its
// absence stops the start.
func openSealer(ctx context.Context, dir string, on *running) (*access.Sealer, error) {
	if os.Getenv(sealKeyVariable) == "" && on.shared {
		return nil, fmt.Errorf("%s is not set: all processes that share a store need the same; one is made by: openssl rand -base64 32", sealKeyVariable)
	}
	name, key, err := readSealKey(dir)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeSealKey(ctx, name, on.kv)
	}
	if err != nil {
		return nil, err
	}
	return newSealer(name, key)
}

// readSealKey reads the sealing keys from SHIPBELL_SEAL_KEY or else from the data
// directory, and names where that is.
func readSealKey(dir string) (name string, key []byte, err error) {
	if text := os.Getenv(sealKeyVariable); text != "" {
		return sealKeyVariable, []byte(text), nil
	}
	name = filepath.Join(dir, sealKeyFile)
	key, err = os.ReadFile(name)
	return name, key, err
}

func newSealer(name string, key []byte) (*access.Sealer, error) {
	keys, err := access.ParseSealKeys(string(key))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return access.NewSealer(keys...)
}

func makeSealKey(ctx context.Context, path string, kv platform.KV) ([]byte, error) {
	sealed, err := kv.Range(ctx, platform.Range{Partition: "access-key", Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(sealed) > 0 {
		return nil, fmt.Errorf("%s is missing: the secrets in this store were sealed with it; put it back or set SHIPBELL_SEAL_KEY", path)
	}
	text := []byte(access.NewSealKey() + "\n")
	return text, writeNew(path, text)
}

// writeNew writes a file for the owner alone, whole or not at all.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// writeAddress tells the commands that look into the data directory where the
// server is, until forget is called.
func writeAddress(dir, address string) (forget func(), err error) {
	path := filepath.Join(dir, addressFile)
	if err := writeNew(path, []byte(address+"\n")); err != nil {
		return nil, err
	}
	return func() { _ = os.Remove(path) }, nil // one that stays is overwritten at the next start
}

// firstStart makes what a new store needs: the registry default and an admin key.
// The key is written to the data directory first, so that a start that was cut short
// is done again.
func firstStart(ctx context.Context, kept *store.Store, s settings) error {
	const unset = "localhost:5000"
	registry := shipbell.Registry{ID: "default", Host: cmp.Or(s.RegistryHost, unset)}
	if err := registry.Validate(); err != nil {
		return fmt.Errorf("--registry-host: %w", err)
	}
	key := access.NewKey(shipbell.RoleAdmin, nil, "made at the first start")
	secret, err := key.Secret.Reveal()
	if err != nil {
		return err
	}
	path, written := filepath.Join(s.Data, adminKeyFile), false
	made, err := kept.FirstStart(ctx, registry, key, func() error {
		written = true
		return writeNew(path, []byte(key.ID+":"+secret+"\n"))
	})
	if written && !made && err == nil {
		err = os.Remove(path) // another process made one
	}
	if err != nil || s.RegistryHost == "" {
		return err
	}
	found, err := kept.Registry(ctx, registry.ID)
	switch kind := shipbell.KindOf(err); {
	case err == nil && found.Host != unset:
		return nil // somebody has set it, perhaps since by the API
	case err != nil && kind == shipbell.Damaged:
		return nil // it is logged, and the other registries go on
	case err != nil && kind != shipbell.NotFound:
		return err
	}
	found.ID, found.Host = registry.ID, registry.Host
	_, _, err = kept.PutRegistry(ctx, found)
	return err
}
