package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File is the name of the store in its directory.
const File = "shipbell.db"

// extras is the table of a backup that holds what a restore needs beside the items.
const extras = "CREATE TABLE backup (name TEXT PRIMARY KEY, data BLOB NOT NULL)"

// Exists tells whether a directory has a store.
func Exists(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, File))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Backup copies the store of a directory into a new file of mode 0600, as it is at one
// moment, with some small files beside it. A process that has the store open goes on: the
// copy is read through a connection of its own. check sees the copy before it gets its
// name. If anything fails, there is no new file.
func Backup(ctx context.Context, dir, to string, files map[string][]byte, check func(copied *Store) error) (err error) {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s is there already: a backup overwrites nothing", to)
	}
	partial := to + ".partial"
	if err := os.Mkdir(partial, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(partial)) }()
	store := filepath.Join(partial, File)
	if err := copyStore(ctx, filepath.Join(dir, File), store); err != nil {
		return fmt.Errorf("copy the store in %s: %w", dir, err)
	}
	if err := try(partial, check); err != nil {
		return err
	}
	if err := addFiles(ctx, store, files); err != nil {
		return fmt.Errorf("complete the backup: %w", err)
	}
	return os.Rename(store, to)
}

// try opens a store for a moment.
func try(dir string, work func(*Store) error) error {
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	return errors.Join(work(s), s.Close())
}

// copyStore copies the store as it is at one moment. The copy is synced.
func copyStore(ctx context.Context, from, to string) (err error) {
	// Only an empty file may be there; this one is for its owner alone.
	if err := os.WriteFile(to, nil, 0o600); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(from, "ro"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := checkSchema(db); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	return err
}

func addFiles(ctx context.Context, path string, files map[string][]byte) error {
	return withCopy(path, func(db *sql.DB) error {
		if _, err := db.ExecContext(ctx, extras); err != nil {
			return err
		}
		for name, data := range files {
			if _, err := db.ExecContext(ctx, "INSERT INTO backup VALUES (?, ?)", name, data); err != nil {
				return err
			}
		}
		return nil
	})
}

// Restore checks a backup and puts its store into a directory that has none. It gives the
// files that the backup has beside the store. place is called before the store is put
// under its own name, which is the last step: a directory without it holds no store.
func Restore(ctx context.Context, from, dir string, place func(partial *Store, files map[string][]byte) error) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return fmt.Errorf("%s is not empty: a restore overwrites nothing", dir)
	}
	partial := filepath.Join(dir, "restore.partial")
	defer func() { err = errors.Join(err, os.RemoveAll(partial)) }()
	if err := os.Mkdir(partial, 0o700); err != nil {
		return err
	}
	store := filepath.Join(partial, File)
	if err := copyFile(from, store); err != nil {
		return err
	}
	files, err := takeFiles(ctx, store)
	if err != nil {
		return fmt.Errorf("%s is not a backup that can be restored: %w", from, err)
	}
	if err := try(partial, func(s *Store) error { return place(s, files) }); err != nil {
		return err
	}
	return os.Rename(store, filepath.Join(dir, File))
}

// takeFiles checks a backup whole, and takes the files out of it that are not the store's.
func takeFiles(ctx context.Context, path string) (files map[string][]byte, err error) {
	files = map[string][]byte{}
	err = withCopy(path, func(db *sql.DB) error {
		var state string
		if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&state); err != nil {
			return err
		}
		if state != "ok" {
			return fmt.Errorf("it is damaged: %s", state)
		}
		if _, err := checkSchema(db); err != nil {
			return err
		}
		rows, err := db.QueryContext(ctx, "SELECT name, data FROM backup")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var data []byte
			if err := rows.Scan(&name, &data); err != nil {
				return err
			}
			files[name] = data
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, "PRAGMA secure_delete = ON; DROP TABLE backup")
		return err
	})
	return files, err
}

// withCopy works on the one connection of a copy that nobody else has open.
func withCopy(path string, work func(*sql.DB) error) (err error) {
	db, err := sql.Open("sqlite", dsn(path, "copy"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	return errors.Join(work(db), db.Close())
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
