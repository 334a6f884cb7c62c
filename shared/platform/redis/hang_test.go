package redis_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	testredis "github.com/shipbell/shipbell/test/redis"
)

// TestHungConnections has two connections hang one after the other: each costs a call
// about a second.
func TestHungConnections(t *testing.T) {
	t.Parallel()
	proxy := testredis.Start(t).Proxy()
	const hung = 2
	var tries atomic.Int64
	proxy.Fail(func([][]string) testredis.Fault {
		if tries.Add(1) <= hung {
			return testredis.Hang
		}
		return ""
	})
	kv := openKV(t, proxy.URL())
	began := time.Now()
	if _, err := kv.Get(t.Context(), platform.Key{Partition: "p", Sort: "a"}); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took < hung*platform.TryTime || took > (2*hung-1)*platform.TryTime {
		t.Errorf("it took %v", took)
	}
}
