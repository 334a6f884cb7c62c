package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// statements are prepared once: parsing costs more than running them.
type statements struct {
	get, up, down, due, last, expired *sql.Stmt
}

const live = "(expires = 0 OR expires > ?)"

func prepare(db *sql.DB) (s statements, err error) {
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&s.get, "SELECT v, version, expires, due FROM items WHERE p = ? AND s = ? AND " + live},
		{&s.up, "SELECT s, v, version, expires, due FROM items WHERE p = ? AND s >= ? AND s < ? AND " + live + " ORDER BY s LIMIT ?"},
		{&s.down, "SELECT s, v, version, expires, due FROM items WHERE p = ? AND s >= ? AND s < ? AND " + live + " ORDER BY s DESC LIMIT ?"},
		{&s.due, "SELECT p, s FROM items WHERE due > 0 AND due <= ? AND " + live + " ORDER BY due LIMIT ?"},
		{&s.last, "SELECT max(rowid) FROM items"},
		{&s.expired, "SELECT p, s, version FROM items WHERE rowid > ? AND rowid <= ? AND expires BETWEEN 1 AND ?"},
	} {
		if *p.stmt, err = db.Prepare(p.text); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Get implements platform.KV.
func (s *Store) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	now := s.now().Unix()
	items := make([]platform.Item, len(keys))
	for i, key := range keys {
		items[i].Key = key
		var expires, due int64
		err := s.stmts.get.QueryRowContext(ctx, key.Partition, key.Sort, now).
			Scan(&items[i].Value, &items[i].Version, &expires, &due)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("get %s %s: %w", key.Partition, key.Sort, err)
		}
		items[i].Expires, items[i].Due = fromUnix(expires), fromMilli(due)
	}
	return items, nil
}

// highest sorts after every key: no UTF-8 text holds this byte.
const highest = "\xff"

// Range implements platform.KV.
func (s *Store) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	stmt, to := s.stmts.up, r.To
	if r.Descending {
		stmt = s.stmts.down
	}
	if to == "" {
		to = highest
	}
	rows, err := stmt.QueryContext(ctx, r.Partition, r.From, to, s.now().Unix(), r.Limit)
	if err != nil {
		return nil, fmt.Errorf("range %s: %w", r.Partition, err)
	}
	defer rows.Close()
	var items []platform.Item
	for rows.Next() {
		item := platform.Item{Key: platform.Key{Partition: r.Partition}}
		var expires, due int64
		if err := rows.Scan(&item.Sort, &item.Value, &item.Version, &expires, &due); err != nil {
			return nil, fmt.Errorf("range %s: %w", r.Partition, err)
		}
		item.Expires, item.Due = fromUnix(expires), fromMilli(due)
		items = append(items, item)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("range %s: %w", r.Partition, err)
	}
	return items, nil
}

// Due implements platform.KV.
func (s *Store) Due(ctx context.Context, until time.Time, limit int) ([]platform.Key, error) {
	rows, err := s.stmts.due.QueryContext(ctx, until.UnixMilli(), s.now().Unix(), limit)
	if err != nil {
		return nil, fmt.Errorf("list due items: %w", err)
	}
	defer rows.Close()
	var keys []platform.Key
	for rows.Next() {
		var key platform.Key
		if err := rows.Scan(&key.Partition, &key.Sort); err != nil {
			return nil, fmt.Errorf("list due items: %w", err)
		}
		keys = append(keys, key)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list due items: %w", err)
	}
	return keys, nil
}

func toUnix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func fromUnix(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func toMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
