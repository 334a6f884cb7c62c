package redis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/shared/platform"
)

// Get implements platform.KV in one round trip.
func (s *Store) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	calls := make([]*call, len(keys))
	for i, key := range keys {
		calls[i] = command("GET", itemKey(shardOf(key.Partition), member(key)))
	}
	if err := s.client.do(ctx, calls...); err != nil {
		return nil, fmt.Errorf("get %d items: %w", len(keys), err)
	}
	items := make([]platform.Item, len(keys))
	for i, one := range calls {
		data, err := one.Result()
		switch {
		case err == nil || err == goredis.Nil:
			items[i] = s.item(keys[i], data)
		case goredis.HasErrorPrefix(err, "WRONGTYPE"):
			items[i] = platform.Item{Key: keys[i], Version: int64(platform.Damaged), Damage: err}
		default:
			return nil, fmt.Errorf("get %d items: %w", len(keys), err)
		}
	}
	return items, nil
}

// item reads an item from what Redis holds, nil for none; one that is absent has
// version 0.
func (s *Store) item(key platform.Key, data any) platform.Item {
	text, found := data.(string)
	if !found {
		return platform.Item{Key: key}
	}
	item := decode(key, text)
	if item.Version == 0 || s.expired(&item) {
		return platform.Item{Key: key}
	}
	return item
}

// Range implements platform.KV. A page is two round trips: the names, and what
// they name. Names may be of what has gone since, so there may be more pages.
func (s *Store) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if r.To != "" && r.From >= r.To {
		return nil, nil
	}
	shard := shardOf(r.Partition)
	low, high := "("+r.Partition+separator, "("+r.Partition+"\x01"
	if r.From != "" {
		low = "[" + r.Partition + separator + r.From
	}
	if r.To != "" {
		high = "(" + r.Partition + separator + r.To
	}
	var items []platform.Item
	for {
		names, page, err := s.page(ctx, shard, low, high, r)
		if err != nil {
			return nil, fmt.Errorf("range %s: %w", r.Partition, err)
		}
		items = append(items, page...)
		if len(items) >= r.Limit || len(names) < r.Limit {
			return items[:min(r.Limit, len(items))], nil
		}
		last := "(" + names[len(names)-1]
		if r.Descending {
			high = last
		} else {
			low = last
		}
	}
}

// page reads at most the range's limit of names between two, and the items of
// those that are there.
func (s *Store) page(ctx context.Context, shard int, low, high string, r platform.Range) (names []string, items []platform.Item, err error) {
	list := command("ZRANGEBYLEX", membersKey(shard), low, high, "LIMIT", 0, r.Limit)
	if r.Descending {
		list = command("ZREVRANGEBYLEX", membersKey(shard), high, low, "LIMIT", 0, r.Limit)
	}
	if err := s.client.do(ctx, list); err != nil {
		return nil, nil, err
	}
	if names, err = list.StringSlice(); err != nil || len(names) == 0 {
		return names, nil, err
	}
	args := []any{"MGET"}
	for _, name := range names {
		args = append(args, itemKey(shard, name))
	}
	get := command(args...)
	if err := s.client.do(ctx, get); err != nil {
		return nil, nil, err
	}
	values, err := get.Slice()
	if err != nil {
		return nil, nil, err
	}
	for i, name := range names {
		item := s.item(platform.Key{Partition: r.Partition, Sort: name[len(r.Partition)+len(separator):]}, values[i])
		if item.Version != 0 {
			items = append(items, item)
		}
	}
	return names, items, nil
}

// dueKey is a due item and when it is due.
type dueKey struct {
	platform.Key
	due int64
}

// dropWithDue is how many expired members of each shard go with a look for what
// is due.
const dropWithDue = 1000

// Due implements platform.KV in one round trip: it looks at every shard, so what
// has a due time is found wherever it is.
func (s *Store) Due(ctx context.Context, from, until time.Time, limit int) ([]platform.Key, error) {
	calls := make([]*call, shards)
	first := int64(0)
	if !from.IsZero() {
		first = from.UnixMilli()
	}
	for shard := range calls {
		calls[shard] = s.due.run(listKeys(shard), []any{s.now().Unix(), first, until.UnixMilli(), limit, dropWithDue})
	}
	if err := s.client.do(ctx, calls...); err != nil {
		return nil, fmt.Errorf("list due items: %w", err)
	}
	var found []dueKey
	for _, one := range calls {
		var err error
		if found, err = appendDue(found, one); err != nil {
			return nil, fmt.Errorf("list due items: %w", err)
		}
	}
	slices.SortFunc(found, func(a, b dueKey) int { return cmp.Compare(a.due, b.due) })
	keys := make([]platform.Key, min(limit, len(found)))
	for i := range keys {
		keys[i] = found[i].Key
	}
	return keys, nil
}

// appendDue reads members and times in turn.
func appendDue(found []dueKey, answer *call) ([]dueKey, error) {
	pairs, err := answer.StringSlice()
	if err != nil {
		return nil, err
	}
	for pair := range slices.Chunk(pairs, 2) {
		partition, sort, _ := strings.Cut(pair[0], separator)
		due, err := strconv.ParseFloat(pair[1], 64)
		if err != nil {
			return nil, fmt.Errorf("due time of %s %s: %w", partition, sort, err)
		}
		found = append(found, dueKey{platform.Key{Partition: partition, Sort: sort}, int64(due)})
	}
	return found, nil
}
