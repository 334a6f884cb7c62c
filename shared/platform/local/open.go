// Package local is the platform of one process: a SQLite file as the key-value
// store and a queue in memory. It is the default of the shipbell command and
// what tests run on.
package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	_ "modernc.org/sqlite" // the driver that database/sql finds by its name
)

// ErrInUse tells that another process has the store of a directory open.
var ErrInUse = errors.New("another process is using it")

// Options are the settings of a store.
type Options struct {
	// Now tells the time; time.Now if nil.
	Now func() time.Time
}

// Store is a platform.KV in one SQLite file. Writes of many callers are
// committed together, each commit with a sync to the disk.
type Store struct {
	now     func() time.Time
	lock    *flock.Flock
	write   *sql.DB
	read    *sql.DB
	stmts   statements
	writer  *writer
	absent  *absent
	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// Open opens the store in a directory, which it makes (mode 0700) if need be. It
// fails at once if another process has it open.
func Open(dir string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	lock, err := takeLock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("open data directory %s: %w", dir, err)
	}
	s := &Store{now: o.Now, lock: lock, absent: newAbsent()}
	if err := s.open(filepath.Join(dir, File)); err != nil {
		return nil, errors.Join(fmt.Errorf("open store in %s: %w", dir, err), s.closeFiles())
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.stopped.Go(s.writer.run)
	s.stopped.Go(func() { s.forgetExpired(ctx) })
	s.stopped.Go(func() { s.makeFilters(ctx) })
	return s, nil
}

// takeLock holds a file for this process alone. The lock goes with the process,
// however it ends.
func takeLock(path string) (*flock.Flock, error) {
	lock := flock.New(path, flock.SetPermissions(0o600))
	taken, err := lock.TryLock()
	if err != nil {
		return nil, err
	}
	if !taken {
		return nil, ErrInUse
	}
	return lock, nil
}

func (s *Store) open(path string) error {
	// Values live in the file too, so nobody else may read it.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if s.write, err = sql.Open("sqlite", dsn(path, "rw")); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if err := migrate(s.write); err != nil {
		return err
	}
	var synchronous int
	if err := s.write.QueryRow("PRAGMA synchronous").Scan(&synchronous); err != nil {
		return err
	}
	if synchronous != 2 {
		return fmt.Errorf("PRAGMA synchronous is %d, not FULL", synchronous)
	}
	if s.read, err = sql.Open("sqlite", dsn(path, "ro")); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	if s.stmts, err = prepare(s.read); err != nil {
		return err
	}
	s.writer, err = newWriter(s.write, s.absent, s.now)
	return err
}

// dsn escapes the path, which may hold spaces, question marks or anything else.
// The settings stand here because they belong to each connection. The mode "copy" is "rw"
// for a file that is one file: without a log beside it.
func dsn(path, mode string) string {
	q := url.Values{
		"mode": {mode}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_busy_timeout": {"5000"},
	}
	switch mode {
	case "ro":
		q.Del("_journal_mode")
	case "copy":
		q.Set("mode", "rw")
		q.Set("_journal_mode", "DELETE")
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

// Check reads the whole file and tells what is wrong with its structure. It takes some
// seconds for each GiB.
func (s *Store) Check(ctx context.Context) error {
	var found string
	if err := s.read.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("check %s: %w", File, err)
	}
	if found != "ok" {
		return fmt.Errorf("%s is damaged: %s: restore a backup", File, found)
	}
	return nil
}

// Close waits for the writes that were begun and closes the file. Later calls
// fail.
func (s *Store) Close() error {
	s.stop()
	s.writer.close()
	s.stopped.Wait()
	return s.closeFiles()
}

func (s *Store) closeFiles() error {
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.release())
	}
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
