package redis_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
	"github.com/shipbell/shipbell/shared/platform/redis"
	testredis "github.com/shipbell/shipbell/test/redis"
)

func address(t *testing.T, url, password string) redis.Address {
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
