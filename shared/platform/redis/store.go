// Package redis is the platform Redis: a key-value store and a queue that any
// number of processes share. It uses commands of version 4.0 only, on one server,
// behind sentinels, in a cluster, or in a cluster behind a proxy.
//
//	address, err := redis.ParseAddress("redis://127.0.0.1:6379", "")
//	…
//	kv := redis.NewStore(address, time.Now)
//	queue := redis.NewQueue(address, redis.QueueOptions{})
//
// Nothing is called yet: what is away then makes the calls fail until it is back.
package redis

import (
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

var (
	//go:embed write.lua
	writeText string
	//go:embed due.lua
	dueText string
)

// shards is over how many slots of a cluster the store is laid. It is part of
// where things lie, so it cannot change.
const shards = 64

// Store is a platform.KV in Redis.
//
// An item is a string that ends with its value. Beside it lie three sorted sets
// for each shard, whose members are partition and sort key: all members by name,
// which ranges read; the expiring ones by expiry; and those with a due time by
// that. A script writes an item and its entries as one, so none is ever without
// the others. An item leaves by itself when it expires, and its entries with later
// writes to the shard or with the next look for what is due.
//
// All keys of a partition are of one shard, and those of a shard in one slot of a
// cluster: the shard is their hash tag.
type Store struct {
	client     *client
	now        func() time.Time
	oneSlot    bool // a script may touch the keys of one slot only
	write, due *script
}

// NewStore makes the store of an address, with a clock that expiry goes by.
func NewStore(a Address, now func() time.Time) *Store { return newStore(a, now, maxIdle) }

func newStore(a Address, now func() time.Time, idle time.Duration) *Store {
	return &Store{
		client: &client{connect(a, maxConnections, idle)}, now: now, oneSlot: a.OneSlot,
		write: newScript(writeText), due: newScript(dueText),
	}
}

// Close ends all connections. Later calls fail.
func (s *Store) Close() error { return s.client.redis.Close() }

// separator stands between partition and sort key, and is in neither.
const separator = "\x00"

func member(key platform.Key) string { return key.Partition + separator + key.Sort }

func shardOf(partition string) int { return int(platform.Hash(partition) % shards) }

// The keys of a shard.
func membersKey(shard int) string  { return fmt.Sprintf("sb:{%02d}members", shard) }
func expiriesKey(shard int) string { return fmt.Sprintf("sb:{%02d}expiries", shard) }
func duesKey(shard int) string     { return fmt.Sprintf("sb:{%02d}dues", shard) }

func listKeys(shard int) []string {
	return []string{membersKey(shard), expiriesKey(shard), duesKey(shard)}
}

func itemKey(shard int, member string) string { return fmt.Sprintf("sb:{%02d}item:%s", shard, member) }

var errDamaged = errors.New("what Redis holds does not begin as an item does")

// decode reads an item whose key is known: a line of version, expiry, due time and
// the token of the write, and then the value. The script that writes reads the same.
func decode(key platform.Key, data string) platform.Item {
	item := platform.Item{Key: key, Value: []byte(data), Version: int64(platform.Damaged), Damage: errDamaged}
	line, value, ok := strings.Cut(data, "\n")
	if ok && len(line) < maxLine {
		item.Value = []byte(value) // it may be sound
	}
	fields := strings.Split(line, " ")
	if !ok || len(fields) != 4 || strings.Trim(fields[3], hexDigits) != "" || fields[3] == "" {
		return item
	}
	var numbers [3]int64
	for i := range numbers {
		n, err := strconv.ParseUint(fields[i], 10, 63)
		if err != nil || len(fields[i]) > maxDigits {
			return item
		}
		numbers[i] = int64(n)
	}
	item.Version, item.Damage = numbers[0], nil
	if numbers[1] != 0 {
		item.Expires = time.Unix(numbers[1], 0).UTC()
	}
	if numbers[2] != 0 {
		item.Due = time.UnixMilli(numbers[2]).UTC()
	}
	return item
}

const (
	hexDigits = "0123456789abcdefABCDEF"
	// maxDigits is how many digits a number of an item has at most: Lua counts no higher.
	maxDigits = 15
	// maxLine is more than any first line has.
	maxLine = 80
)

// expired reports whether an item counts as absent.
func (s *Store) expired(item *platform.Item) bool {
	return !item.Expires.IsZero() && item.Expires.Unix() <= s.now().Unix()
}
