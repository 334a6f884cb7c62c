package redis_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	testredis "github.com/shipbell/shipbell/test/redis"
)

// TestDeadConnections answers the first call after a restart, however many
// connections have died with the server.
func TestDeadConnections(t *testing.T) {
	server := testredis.Start(t)
	proxy := server.Proxy()
	const many = 16
	var arrived sync.WaitGroup
	arrived.Add(many)
	proxy.Fail(func([][]string) testredis.Fault {
		arrived.Done()
		arrived.Wait() // so that none uses the connection of another
		return ""
	})
	kv := openKV(t, proxy.URL())
	get := func() error {
		_, err := kv.Get(t.Context(), platform.Key{Partition: "p", Sort: "a"})
		return err
	}
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			if err := get(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	proxy.Fail(nil)
	proxy.Refuse(true)
	proxy.Refuse(false)
	if err := get(); err != nil {
		t.Errorf("after that: %v", err)
	}
}

// TestHangingServer ends a call at its deadline, and by itself.
func TestHangingServer(t *testing.T) {
	t.Parallel()
	proxy := testredis.Start(t).Proxy()
	proxy.Fail(func([][]string) testredis.Fault { return testredis.Hang })
	kv := openKV(t, proxy.URL())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := kv.Get(ctx, platform.Key{Partition: "p", Sort: "a"}); err == nil {
		t.Error("get answered")
	}
	if passed := time.Since(begin); passed > time.Second {
		t.Errorf("the call went on for %v", passed)
	}
	if _, err := kv.Get(t.Context(), platform.Key{Partition: "p", Sort: "a"}); err == nil {
		t.Error("get answered")
	}
	proxy.Fail(nil)
	if _, err := kv.Get(t.Context(), platform.Key{Partition: "p", Sort: "a"}); err != nil {
		t.Errorf("after that: %v", err)
	}
}
