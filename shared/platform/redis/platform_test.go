package redis_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
	"github.com/shipbell/shipbell/shared/platform/redis"
	testredis "github.com/shipbell/shipbell/test/redis"
)

func address(t testing.TB, url, password string) redis.Address {
	t.Helper()
	a, err := redis.ParseAddress(url, password)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func openKV(t *testing.T, url string) platform.KV {
	t.Helper()
	return redis.NewStore(address(t, url, ""), time.Now)
}

// behindProxy makes an address that of a cluster behind a proxy.
func behindProxy(url string) string { return strings.Replace(url, "redis:", "redis+proxy:", 1) }

// oneSlot lets no command through that reaches over slots, as a cluster does.
func oneSlot(t *testing.T) *testredis.Proxy {
	proxy := testredis.Start(t).Proxy()
	proxy.Fail(func(commands [][]string) testredis.Fault {
		for _, command := range commands {
			if slots(command) > 1 {
				return "CROSSSLOT Keys in request don't hash to the same slot"
			}
		}
		return ""
	})
	return proxy
}

// TestKV passes the suite with commands that Redis 4.0 knows, in a cluster with
// none that reaches over slots, and with the redirects of a cluster.
func TestKV(t *testing.T) {
	t.Run("one server", func(t *testing.T) {
		platformtest.KV(t, func(t *testing.T) platform.KV { return openKV(t, testredis.Start(t).Proxy().URL()) })
	})
	t.Run("proxy", func(t *testing.T) {
		platformtest.KV(t, func(t *testing.T) platform.KV { return openKV(t, behindProxy(oneSlot(t).URL())) })
	})
	t.Run("cluster", func(t *testing.T) {
		cluster := testredis.StartCluster(t, 2)
		platformtest.KV(t, func(t *testing.T) platform.KV {
			cluster.Clear()
			return openKV(t, cluster.URL())
		})
	})
}

// TestSentinel has the master die and its replica take over.
func TestSentinel(t *testing.T) {
	t.Parallel()
	watched := testredis.StartWatched(t)
	kv := openKV(t, watched.URL())
	put := func(sort string) error {
		return kv.Write(t.Context(), platform.Write{Item: platform.Item{Key: platform.Key{Partition: "p", Sort: sort}, Value: []byte(sort)}})[0]
	}
	if err := put("before"); err != nil {
		t.Fatal(err)
	}
	c := goredis.NewClient(&goredis.Options{Addr: watched.Master.Addr()})
	defer c.Close()
	if n, err := c.Wait(t.Context(), 1, time.Minute).Result(); err != nil || n != 1 {
		t.Fatalf("the replica has not got the write: %d, %v", n, err)
	}
	watched.Master.Kill()
	for deadline := time.Now().Add(time.Minute); ; {
		err := put("after")
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no write after the master's end: %v", err)
		}
	}
	for _, sort := range []string{"before", "after"} {
		items, err := kv.Get(t.Context(), platform.Key{Partition: "p", Sort: sort})
		if err != nil || len(items) != 1 || string(items[0].Value) != sort {
			t.Errorf("%s: %v, %v", sort, items, err)
		}
	}
}

// TestDamagedItem has items whose first byte is another, and ones of another type.
func TestDamagedItem(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(ctx context.Context, c *goredis.Client, key string) error
	}{
		{"first byte", func(ctx context.Context, c *goredis.Client, key string) error {
			return c.SetRange(ctx, key, 0, "\x00").Err()
		}},
		{"header cut off", func(ctx context.Context, c *goredis.Client, key string) error { return c.Set(ctx, key, "v", 0).Err() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			platformtest.Damaged(t, func(t *testing.T) (platform.KV, platformtest.Damage) {
				server := testredis.Start(t)
				c := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
				t.Cleanup(func() { c.Close() })
				return openKV(t, server.URL()), func(key platform.Key) {
					at := fmt.Sprintf("sb:{%02d}item:%s\x00%s", platform.Hash(key.Partition)%64, key.Partition, key.Sort)
					if err := test.damage(t.Context(), c, at); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}

// TestWrongType has a list where an item should be: the item is damaged, and the
// writes beside it are done.
func TestWrongType(t *testing.T) {
	server := testredis.Start(t)
	c := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer c.Close()
	kv := openKV(t, server.URL())
	key := platform.Key{Partition: "p", Sort: "a"}
	if err := c.RPush(t.Context(), fmt.Sprintf("sb:{%02d}item:p\x00a", platform.Hash("p")%64), "v").Err(); err != nil {
		t.Fatal(err)
	}
	if errs := kv.Write(t.Context(), put("p", "a", "x", platform.Absent), put("p", "b", "x", platform.Absent)); errs[0] != platform.ErrConflict || errs[1] != nil {
		t.Errorf("write: %v", errs)
	}
	items, err := kv.Get(t.Context(), key, platform.Key{Partition: "p", Sort: "b"})
	if err != nil || items[0].Damage == nil || items[1].Version != 1 {
		t.Errorf("get: %+v, %v", items, err)
	}
	if err := kv.Write(t.Context(), put("p", "a", "x", platform.Damaged))[0]; err != nil {
		t.Errorf("replace: %v", err)
	}
}

// TestRedirects follows a cluster that was rebalanced since the client looked.
func TestRedirects(t *testing.T) {
	cluster := testredis.StartCluster(t, 2)
	kv := openKV(t, cluster.URL())
	key := platform.Key{Partition: "p", Sort: "s"}
	if _, err := kv.Get(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	cluster.Move(fmt.Sprintf("sb:{%02d}members", platform.Hash(key.Partition)%64))
	if err := kv.Write(t.Context(), put(key.Partition, key.Sort, "v", platform.Absent))[0]; err != nil {
		t.Fatal(err)
	}
	if items, err := kv.Get(t.Context(), key); err != nil || string(items[0].Value) != "v" {
		t.Errorf("after the write: %+v, %v", items, err)
	}
}

// slots counts the hash tags among the words of a command. What is no key holds
// none, for no test has braces in its names.
func slots(command []string) int {
	tags := map[string]bool{}
	for _, word := range command[1:] {
		if tag, _, ok := strings.Cut(word, "}"); ok && strings.HasPrefix(tag, "sb:{") {
			tags[tag] = true
		}
	}
	return len(tags)
}
