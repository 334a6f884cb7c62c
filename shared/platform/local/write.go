package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// maxCommit is how many writes one transaction takes at most, so that a burst
// does not make those at its front wait for its end.
const maxCommit = 512

var errClosed = errors.New("local: the store is closed")

// Write implements platform.KV.
func (s *Store) Write(ctx context.Context, writes ...platform.Write) []error {
	return s.writer.submit(ctx, writes)
}

// request is one call of Write on its way through the writer.
type request struct {
	writes []platform.Write
	errs   []error
	done   chan struct{}
}

// level is a value of PRAGMA synchronous.
type level int

const (
	// normal leaves it to the system when a commit reaches the disk. What reaches it is a
	// beginning of what was committed: a commit with full takes those before it along.
	normal level = 1
	// full waits until the disk has the commit.
	full level = 2
)

// writer is the one goroutine that writes. It commits whatever has come in while
// it was busy with the commit before: one sync for all, and no waiting to fill a
// batch.
type writer struct {
	conn     *sql.Conn
	absent   *absent
	now      func() time.Time
	requests chan *request
	// level is how much a commit waits for the disk.
	level level

	begin, commit, rollback     *sql.Stmt
	putAlways, putAbsent, putAt *sql.Stmt
	deleteAlways, deleteAt      *sql.Stmt
	// For rows that are damaged.
	putDamaged, deleteDamaged *sql.Stmt

	prepared []*sql.Stmt  // all of these
	mu       sync.RWMutex // guards closed against senders on requests
	closed   bool
}

func newWriter(db *sql.DB, absent *absent, now func() time.Time) (*writer, error) {
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, absent: absent, now: now, requests: make(chan *request, maxCommit), level: full}
	const insert = "INSERT INTO items (p, s, v, version, expires, due) VALUES (?1, ?2, ?3, 1, ?4, ?5) " +
		"ON CONFLICT (p, s) DO UPDATE SET v = ?3, expires = ?4, due = ?5, version = "
	const expired = "(items.expires > 0 AND items.expires <= ?6)"
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.rollback, "ROLLBACK"},
		// The time in seconds is higher than any count of writes: the version of what was damaged.
		{&w.putAlways, insert + "CASE WHEN " + expired + " THEN 1 WHEN " + unreadable + " THEN ?6 ELSE items.version + 1 END"},
		{&w.putAbsent, insert + "1 WHERE " + expired},
		{&w.putAt, "UPDATE items SET v = ?3, expires = ?4, due = ?5, version = version + 1 " +
			"WHERE p = ?1 AND s = ?2 AND version = ?7 AND NOT " + unreadable + " AND NOT " + expired},
		{&w.putDamaged, "UPDATE items SET v = ?3, expires = ?4, due = ?5, version = ?6 WHERE p = ?1 AND s = ?2 AND " + unreadable},
		{&w.deleteAlways, "DELETE FROM items WHERE p = ? AND s = ?"},
		{&w.deleteAt, "DELETE FROM items WHERE p = ? AND s = ? AND version = ? AND NOT " + unreadable},
		{&w.deleteDamaged, "DELETE FROM items WHERE p = ? AND s = ? AND " + unreadable},
	} {
		if *p.stmt, err = conn.PrepareContext(ctx, p.text); err != nil {
			return nil, err
		}
		w.prepared = append(w.prepared, *p.stmt)
	}
	return w, nil
}

// release lets go of the connection, which stays open as long as statements are.
func (w *writer) release() error {
	var errs []error
	for _, stmt := range w.prepared {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// submit hands writes to the writer and waits until they are as durable as they ask for.
func (w *writer) submit(ctx context.Context, writes []platform.Write) []error {
	r := &request{writes: writes, errs: make([]error, len(writes)), done: make(chan struct{})}
	if err := w.enqueue(ctx, r); err != nil {
		return all(len(writes), err)
	}
	select {
	case <-r.done:
		return r.errs
	case <-ctx.Done():
		return all(len(writes), fmt.Errorf("write: %w", context.Cause(ctx)))
	}
}

func (w *writer) enqueue(ctx context.Context, r *request) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.requests <- r:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write: %w", context.Cause(ctx))
	}
}

func (w *writer) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed = true
		close(w.requests)
	}
}

// run commits until the writer is closed and nothing is left.
func (w *writer) run() {
	for first := range w.requests {
		w.gather()
		batch := w.drain(first)
		err := w.transact(batch)
		for _, r := range batch {
			if err != nil {
				r.errs = all(len(r.writes), err)
			}
			close(r.done)
		}
	}
}

// gather lets the goroutines run that are ready, as long as that brings more requests: a
// commit of many costs hardly more than one of few. Where nothing else is to be done it
// takes no time.
func (w *writer) gather() {
	for n := -1; n < len(w.requests) && n < maxCommit; runtime.Gosched() {
		n = len(w.requests)
	}
}

// drain takes what has come in meanwhile.
func (w *writer) drain(first *request) []*request {
	batch, writes := []*request{first}, len(first.writes)
	for writes < maxCommit {
		select {
		case r, open := <-w.requests:
			if !open {
				return batch
			}
			batch = append(batch, r)
			writes += len(r.writes)
		default:
			return batch
		}
	}
	return batch
}

// transact does all requests in one transaction. A condition that does not hold
// is an answer; any other error undoes the whole batch.
func (w *writer) transact(batch []*request) (err error) {
	if err := w.setLevel(levelOf(batch)); err != nil {
		return err
	}
	w.absent.add(batch)
	if _, err := w.begin.Exec(); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() {
		if err != nil {
			// The first error is what matters; some errors have rolled back already.
			_, _ = w.rollback.Exec()
		}
	}()
	now := w.now().Unix()
	for _, r := range batch {
		for i := range r.writes {
			if r.writes[i].Guarded && r.errs[0] != nil {
				r.errs[i] = platform.ErrSkipped
				continue
			}
			done, err := w.apply(&r.writes[i], now)
			if err != nil {
				return fmt.Errorf("write %s %s: %w", r.writes[i].Item.Partition, r.writes[i].Item.Sort, err)
			}
			if !done {
				r.errs[i] = platform.ErrConflict
			}
		}
	}
	if _, err := w.commit.Exec(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// levelOf is what a commit of all these needs.
func levelOf(batch []*request) level {
	for _, r := range batch {
		if slices.ContainsFunc(r.writes, func(c platform.Write) bool { return !c.Relaxed }) {
			return full
		}
	}
	return normal
}

// setLevel is for the transactions that begin from now on.
func (w *writer) setLevel(l level) error {
	if l == w.level {
		return nil
	}
	if _, err := w.conn.ExecContext(context.Background(), "PRAGMA synchronous = "+strconv.Itoa(int(l))); err != nil {
		return fmt.Errorf("set synchronous: %w", err)
	}
	w.level = l
	return nil
}

// apply makes one change and reports whether its condition held.
func (w *writer) apply(c *platform.Write, now int64) (bool, error) {
	item := &c.Item
	var result sql.Result
	var err error
	switch {
	case c.Delete && c.If == platform.Damaged:
		result, err = w.deleteDamaged.Exec(item.Partition, item.Sort)
	case c.Delete && c.If > platform.Absent:
		result, err = w.deleteAt.Exec(item.Partition, item.Sort, int64(c.If))
	case c.Delete:
		_, err = w.deleteAlways.Exec(item.Partition, item.Sort)
		return true, err
	case c.If == platform.Always:
		result, err = w.putAlways.Exec(item.Partition, item.Sort, bytes(item.Value), toUnix(item.Expires), toMilli(item.Due), now)
	case c.If == platform.Damaged:
		result, err = w.putDamaged.Exec(item.Partition, item.Sort, bytes(item.Value), toUnix(item.Expires), toMilli(item.Due), now)
	case c.If == platform.Absent:
		result, err = w.putAbsent.Exec(item.Partition, item.Sort, bytes(item.Value), toUnix(item.Expires), toMilli(item.Due), now)
	default:
		result, err = w.putAt.Exec(item.Partition, item.Sort, bytes(item.Value), toUnix(item.Expires), toMilli(item.Due), now, int64(c.If))
	}
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// bytes keeps an empty value from becoming NULL.
func bytes(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}

func all(n int, err error) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}
