package tencent

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/shipbell/shipbell/shared/platform"
)

// Get implements platform.KV in one round trip.
func (s *store) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	commands := make([]command, len(keys))
	for i, key := range keys {
		commands[i] = command{name: "GET", args: []any{itemKey(shardOf(key.Partition), member(key))}}
	}
	all, err := s.client.do(ctx, commands...)
	if err != nil {
		return nil, fmt.Errorf("get %d items: %w", len(keys), err)
	}
	items := make([]platform.Item, len(keys))
	for i, value := range all.values {
		if items[i], err = s.item(keys[i], value); err != nil {
			return nil, fmt.Errorf("get %d items: %w", len(keys), err)
		}
	}
	return items, nil
}

// item reads an item from what Redis answers; one that is absent has version 0.
func (s *store) item(key platform.Key, value any) (platform.Item, error) {
	absent := platform.Item{Key: key}
	data, err := redis.Bytes(value, nil)
	if err == redis.ErrNil {
		return absent, nil
	}
	if err != nil {
		return absent, err
	}
	item, err := decode(key, data)
	if err == nil && (item.Version == 0 || s.expired(&item)) {
		return absent, nil
	}
	return item, err
}

// Range implements platform.KV. A page is two round trips: the names, and what
// they name. Names may be of what has gone since, so there may be more pages.
func (s *store) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
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
func (s *store) page(ctx context.Context, shard int, low, high string, r platform.Range) (names []string, items []platform.Item, err error) {
	list := command{name: "ZRANGEBYLEX", args: []any{membersKey(shard), low, high, "LIMIT", 0, r.Limit}}
	if r.Descending {
		list = command{name: "ZREVRANGEBYLEX", args: []any{membersKey(shard), high, low, "LIMIT", 0, r.Limit}}
	}
	all, err := s.client.do(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	if names, err = redis.Strings(all.values[0], nil); err != nil || len(names) == 0 {
		return names, nil, err
	}
	get := command{name: "MGET", args: make([]any, len(names))}
	for i, name := range names {
		get.args[i] = itemKey(shard, name)
	}
	if all, err = s.client.do(ctx, get); err != nil {
		return nil, nil, err
	}
	values, err := redis.Values(all.values[0], nil)
	if err != nil {
		return nil, nil, err
	}
	for i, name := range names {
		item, err := s.item(platform.Key{Partition: r.Partition, Sort: name[len(r.Partition)+len(separator):]}, values[i])
		if err != nil {
			return nil, nil, err
		}
		if item.Version > 0 {
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
func (s *store) Due(ctx context.Context, until time.Time, limit int) ([]platform.Key, error) {
	commands := make([]command, shards)
	for shard := range commands {
		commands[shard] = s.due.run(listKeys(shard), []any{s.now().Unix(), until.UnixMilli(), limit, dropWithDue})
	}
	all, err := s.client.do(ctx, commands...)
	if err != nil {
		return nil, fmt.Errorf("list due items: %w", err)
	}
	var found []dueKey
	for _, value := range all.values {
		if found, err = appendDue(found, value); err != nil {
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
func appendDue(found []dueKey, value any) ([]dueKey, error) {
	pairs, err := redis.Strings(value, nil)
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
