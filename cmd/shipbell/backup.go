package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/shipbell/shipbell/shared/platform/local"
)

// dataFlag registers --data, whose default SHIPBELL_DATA gives.
func dataFlag(f *flag.FlagSet, to *string) {
	f.StringVar(to, "data", "", "data `DIRECTORY` of the server; SHIPBELL_DATA; else "+standardData)
}

// dataDirectory is the directory of --data, or else of the environment.
func (c *call) dataDirectory(given string) string {
	if given == "" {
		given = c.getenv("SHIPBELL_DATA")
	}
	if given == "" {
		given = standardData
	}
	return given
}

func backupCommand() command {
	var data, to string
	return command{
		name: "backup", summary: "copy the store of this machine's server into one file",
		about: `Copies the store of a server on this machine, which may be running, into one new file
of mode 0600, with all that a restore needs: the sealing key and the first admin key.
Whoever has the file can open every secret in it. A store in Redis is backed up with
Redis's own means.`,
		examples: []string{
			"shipbell backup --to /backup/shipbell-2026-11-22.db",
			"shipbell backup --data /var/lib/shipbell --to /backup/shipbell.db",
		},
		flags: func(f *flag.FlagSet) {
			dataFlag(f, &data)
			f.StringVar(&to, "to", "", "new `FILE` for the backup")
		},
		run: func(ctx context.Context, c *call) error {
			if to == "" {
				return usagef("--to: name the file for the backup")
			}
			return c.backup(ctx, c.dataDirectory(data), to)
		},
	}
}

func (c *call) backup(ctx context.Context, dir, to string) error {
	if err := needStore(dir); err != nil {
		return err
	}
	name, sealKey, err := readSealKey(dir)
	if err != nil {
		return err
	}
	files := map[string][]byte{sealKeyFile: sealKey}
	adminKey, err := os.ReadFile(filepath.Join(dir, adminKeyFile))
	switch {
	case err == nil:
		files[adminKeyFile] = adminKey
	case !errors.Is(err, fs.ErrNotExist): // it may have been taken away
		return err
	}
	err = local.Backup(ctx, dir, to, files, func(copied *local.Store) error {
		_, err := openKept(ctx, copied, name, sealKey)
		return err
	})
	if err != nil {
		return err
	}
	c.sayf("backed up %s to %s", dir, to)
	return nil
}

func restoreCommand() command {
	var data string
	return command{
		name: "restore", args: "FILE", least: 1, most: 1, summary: "put a backup back into an empty directory",
		about: `Checks a backup and puts its store and keys into a data directory that is empty or not
there yet: the file is whole, its schema is known, and its sealing key opens its
secrets. Then "shipbell serve --data DIRECTORY" goes on from the moment of the backup;
deliveries that were waiting then are made, though they may have been made since.`,
		examples: []string{
			"shipbell restore /backup/shipbell-2026-11-22.db",
			"shipbell restore /backup/shipbell.db --data /var/lib/shipbell",
		},
		flags: func(f *flag.FlagSet) { dataFlag(f, &data) },
		run: func(ctx context.Context, c *call) error {
			return c.restore(ctx, c.arguments[0], c.dataDirectory(data))
		},
	}
}

func (c *call) restore(ctx context.Context, from, dir string) error {
	err := local.Restore(ctx, from, dir, func(partial *local.Store, files map[string][]byte) error {
		if _, err := openKept(ctx, partial, "the backup's sealing key", files[sealKeyFile]); err != nil {
			return err
		}
		for _, name := range []string{sealKeyFile, adminKeyFile} {
			if len(files[name]) == 0 {
				continue
			}
			if err := writeNew(filepath.Join(dir, name), files[name]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	c.sayf("restored %s into %s", from, dir)
	return nil
}
