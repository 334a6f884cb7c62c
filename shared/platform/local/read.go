package local

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// statements are prepared once: parsing costs more than running them.
type statements struct {
	get, some, up, down, due, last, expired, count, keys *sql.Stmt
}

// live leaves out what has expired. A damaged expiry, which may be of any type, does
// not expire.
const live = "(expires > 0 AND expires <= ?) IS NOT 1"

func prepare(db *sql.DB) (s statements, err error) {
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&s.get, "SELECT v, version, expires, due FROM items WHERE p = ? AND s = ? AND " + live},
		{&s.some, "SELECT s, v, version, expires, due FROM items WHERE p = ? AND s IN (SELECT value FROM json_each(?)) AND " + live},
		{&s.up, "SELECT s, v, version, expires, due FROM items WHERE p = ? AND s >= ? AND s < ? AND " + live + " ORDER BY s LIMIT ?"},
		{&s.down, "SELECT s, v, version, expires, due FROM items WHERE p = ? AND s >= ? AND s < ? AND " + live + " ORDER BY s DESC LIMIT ?"},
		{&s.due, "SELECT p, s FROM items WHERE due > 0 AND due >= ? AND due <= ? AND " + live + " ORDER BY due LIMIT ?"},
		{&s.last, "SELECT max(rowid) FROM items"},
		{&s.expired, "SELECT p, s, version FROM items WHERE rowid > ? AND rowid <= ? AND expires BETWEEN 1 AND ? AND NOT " + unreadable},
		{&s.count, "SELECT count(*) FROM (SELECT 1 FROM items WHERE p = ? LIMIT ?)"},
		{&s.keys, "SELECT s FROM items WHERE p = ? AND s >= ? ORDER BY s LIMIT ?"},
	} {
		if *p.stmt, err = db.Prepare(p.text); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Get implements platform.KV.
func (s *Store) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// A read by key takes microseconds, and to watch for the end of its context as much.
	ctx = context.WithoutCancel(ctx)
	items := make([]platform.Item, len(keys))
	var wanted []*platform.Item // those that may be there
	for i, key := range keys {
		if items[i].Key = key; !s.absent.lacks(key) {
			wanted = append(wanted, &items[i])
		}
	}
	for begin, end := 0, 0; begin < len(wanted); begin = end {
		for end = begin; end < len(wanted) && wanted[end].Partition == wanted[begin].Partition; {
			end++
		}
		read := s.getSome
		if end-begin == 1 {
			read = s.getOne
		}
		if err := read(ctx, wanted[begin:end]); err != nil {
			return nil, fmt.Errorf("get %s %s: %w", wanted[begin].Partition, wanted[begin].Sort, err)
		}
	}
	return items, nil
}

// getOne fills in the only item by its key.
func (s *Store) getOne(ctx context.Context, items []*platform.Item) error {
	var version, expires, due any
	err := s.stmts.get.QueryRowContext(ctx, items[0].Partition, items[0].Sort, s.now().Unix()).
		Scan(&items[0].Value, &version, &expires, &due)
	if errors.Is(err, sql.ErrNoRows) {
		s.absent.missed(items[0].Partition)
		return nil
	}
	if err == nil {
		fill(items[0], version, expires, due)
	}
	return err
}

// getSome fills in items of one partition by their keys. It takes a third of the time
// that one query for each takes.
func (s *Store) getSome(ctx context.Context, items []*platform.Item) error {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = item.Sort
	}
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	rows, err := s.stmts.some.QueryContext(ctx, items[0].Partition, string(list), s.now().Unix())
	if err != nil {
		return err
	}
	defer rows.Close()
	found := make(map[string]platform.Item, len(items))
	for rows.Next() {
		item, err := scan(rows, items[0].Partition)
		if err != nil {
			return err
		}
		found[item.Sort] = item
	}
	for _, item := range items {
		if there, ok := found[item.Sort]; ok {
			*item = there
		} else {
			s.absent.missed(item.Partition)
		}
	}
	return rows.Err()
}

// scan reads the item that a row is.
func scan(rows *sql.Rows, partition string) (platform.Item, error) {
	item := platform.Item{Key: platform.Key{Partition: partition}}
	var version, expires, due any
	err := rows.Scan(&item.Sort, &item.Value, &version, &expires, &due)
	fill(&item, version, expires, due)
	return item, err
}

var errDamaged = errors.New("the row's version, expiry or due time is not a number")

// unreadable is true of the rows that fill calls damaged.
const unreadable = "(typeof(items.version) <> 'integer' OR items.version < 1 OR typeof(items.expires) <> 'integer' OR typeof(items.due) <> 'integer')"

// fill sets what a row has beside its value. A column may hold any type, whatever the
// table says, once the file is damaged.
func fill(item *platform.Item, version, expires, due any) {
	v, versioned := version.(int64)
	x, expiring := expires.(int64)
	d, timed := due.(int64)
	if !versioned || v < 1 || !expiring || !timed {
		item.Version, item.Damage = int64(platform.Damaged), errDamaged
		return
	}
	item.Version, item.Expires, item.Due = v, fromUnix(x), fromMilli(d)
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
		item, err := scan(rows, r.Partition)
		if err != nil {
			return nil, fmt.Errorf("range %s: %w", r.Partition, err)
		}
		items = append(items, item)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("range %s: %w", r.Partition, err)
	}
	return items, nil
}

// Due implements platform.KV.
func (s *Store) Due(ctx context.Context, from, until time.Time, limit int) ([]platform.Key, error) {
	rows, err := s.stmts.due.QueryContext(ctx, toMilli(from), until.UnixMilli(), s.now().Unix(), limit)
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
