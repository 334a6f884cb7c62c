package redis_test

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/redis"
	testredis "github.com/shipbell/shipbell/test/redis"
)

// TestRoundTrips counts how often each kind of call waits for Redis.
func TestRoundTrips(t *testing.T) {
	proxy := testredis.Start(t).Proxy()
	guarded := put("b", "2", "", platform.Always)
	guarded.Guarded = true
	three := []platform.Write{put("a", "1", "", platform.Always), guarded, put("c", "3", "", platform.Always)}
	sameShard := []platform.Write{put("b", "1", "", platform.Always), guarded}
	key := platform.Key{Partition: "a", Sort: "1"}
	if err := platform.First(openKV(t, proxy.URL()).Write(t.Context(), three...)); err != nil {
		t.Fatal(err)
	}
	for url, tests := range map[string][]struct {
		what string
		want int
		call func(platform.KV) error
	}{
		proxy.URL(): {
			{"get one", 1, func(kv platform.KV) error { _, err := kv.Get(t.Context(), key); return err }},
			{"get none", 0, func(kv platform.KV) error { _, err := kv.Get(t.Context()); return err }},
			{"write none", 0, func(kv platform.KV) error { return platform.First(kv.Write(t.Context())) }},
			{"get three", 1, func(kv platform.KV) error {
				_, err := kv.Get(t.Context(), key, three[1].Item.Key, three[2].Item.Key)
				return err
			}},
			{"range", 2, func(kv platform.KV) error {
				_, err := kv.Range(t.Context(), platform.Range{Partition: "a", Limit: 10})
				return err
			}},
			{"range of nothing", 1, func(kv platform.KV) error {
				_, err := kv.Range(t.Context(), platform.Range{Partition: "none", Limit: 10})
				return err
			}},
			{"write one", 1, func(kv platform.KV) error { return kv.Write(t.Context(), three[0])[0] }},
			{"write guarded", 1, func(kv platform.KV) error { return platform.First(kv.Write(t.Context(), three...)) }},
			{"due", 1, func(kv platform.KV) error { _, err := kv.Due(t.Context(), time.Time{}, time.Now(), 10); return err }},
		},
		behindProxy(proxy.URL()): {
			{"write three", 1, func(kv platform.KV) error { return platform.First(kv.Write(t.Context(), three[0], three[2])) }},
			{"write guarded", 2, func(kv platform.KV) error { return platform.First(kv.Write(t.Context(), three...)) }},
			{"write guarded in one partition", 1, func(kv platform.KV) error { return platform.First(kv.Write(t.Context(), sameShard...)) }},
		},
	} {
		kv := openKV(t, url)
		if err := platform.First(kv.Write(t.Context(), three...)); err != nil { // for the range to find
			t.Fatal(err)
		}
		for _, test := range tests {
			for range 2 { // the first connects, and teaches the server the script
				proxy.Take()
				if err := test.call(kv); err != nil {
					t.Fatalf("%s: %v", test.what, err)
				}
			}
			if trips, commands := proxy.Take(); trips != test.want {
				t.Errorf("%s, %s: %d round trips of %q, want %d", url, test.what, trips, slices.Compact(commands), test.want)
			}
		}
	}
}

// TestExpiredEntriesGo writes for a long time what expires soon, and finds no more
// left of it than of what is there: writes to a shard clean it, and a look for
// what is due cleans all.
func TestExpiredEntriesGo(t *testing.T) {
	server := testredis.Start(t)
	now := time.Now().Add(-3 * time.Hour)
	kv := redis.NewStore(address(t, server.URL(), ""), func() time.Time { return now })
	const each = 10
	for round := range 60 {
		var writes []platform.Write
		for i := range each {
			w := put("p", fmt.Sprintf("%d-%d", round, i), "", platform.Absent)
			w.Item.Expires, w.Item.Due = now.Add(90*time.Second), now.Add(time.Hour)
			writes = append(writes, w)
		}
		if err := platform.First(kv.Write(t.Context(), writes...)); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	// Each list holds what was written in the last two minutes.
	for list, n := range entries(t, server) {
		if n > 2*each {
			t.Errorf("%s has %d entries, %d were written", list, n, 60*each)
		}
	}
	now = now.Add(time.Hour)
	if due, err := kv.Due(t.Context(), time.Time{}, now, 1000); err != nil || len(due) != 0 {
		t.Errorf("due are %v (%v)", due, err)
	}
	for list, n := range entries(t, server) {
		if n > 0 {
			t.Errorf("%s still has %d entries", list, n)
		}
	}
}

// entries counts what the lists of all shards hold.
func entries(t *testing.T, server *testredis.Server) map[string]int {
	t.Helper()
	raw := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer raw.Close()
	counts := map[string]int{}
	for shard := range 64 {
		for _, list := range []string{"members", "expiries", "dues"} {
			n, err := raw.ZCard(t.Context(), fmt.Sprintf("sb:{%02d}%s", shard, list)).Result()
			if err != nil {
				t.Fatal(err)
			}
			counts[list] += int(n)
		}
	}
	return counts
}

// TestRangeOverExpired finds what is behind many that have expired, which the
// names still list.
func TestRangeOverExpired(t *testing.T) {
	server := testredis.Start(t)
	now := time.Now()
	kv := redis.NewStore(address(t, server.URL(), ""), func() time.Time { return now })
	var writes []platform.Write
	for i := range 90 {
		w := put("p", fmt.Sprintf("%02d", i), "", platform.Absent)
		if i%30 != 0 {
			w.Item.Expires = now.Add(time.Hour)
		}
		writes = append(writes, w)
	}
	if err := platform.First(kv.Write(t.Context(), writes...)); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	for _, descending := range []bool{false, true} {
		items, err := kv.Range(t.Context(), platform.Range{Partition: "p", From: "00", To: "99", Limit: 7, Descending: descending})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, item := range items {
			got = append(got, item.Sort)
		}
		want := []string{"00", "30", "60"}
		if descending {
			slices.Reverse(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("descending %v: got %q, want %q", descending, got, want)
		}
	}
}

// TestDamaged tells of what is no item instead of taking it for one.
func TestDamaged(t *testing.T) {
	server := testredis.Start(t)
	kv := openKV(t, server.URL())
	if err := kv.Write(t.Context(), put("p", "a", "v", platform.Always))[0]; err != nil {
		t.Fatal(err)
	}
	raw := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer raw.Close()
	keys, err := raw.Keys(t.Context(), "*item:*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %q, %v", keys, err)
	}
	for _, damage := range []string{"", "x", "1 2 3 4", "1 2 3\nv", "1 2 x 4\nv", "1 2  3\nv", "+1 2 3 4\nv", "1234567890123456 0 0 ab\nv"} {
		if err := raw.Set(t.Context(), keys[0], damage, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if items, err := kv.Get(t.Context(), platform.Key{Partition: "p", Sort: "a"}); err != nil || items[0].Damage == nil {
			t.Errorf("%q was read as %+v, %v", damage, items, err)
		}
		if items, err := kv.Range(t.Context(), platform.Range{Partition: "p", Limit: 1}); err != nil || len(items) != 1 || items[0].Damage == nil {
			t.Errorf("%q was read as %+v, %v", damage, items, err)
		}
		if err := kv.Write(t.Context(), put("p", "a", "x", platform.Absent))[0]; err != platform.ErrConflict {
			t.Errorf("%q was taken for absent: %v", damage, err)
		}
	}
}

// TestPassword enters with the right password and no other, and never tells it.
func TestPassword(t *testing.T) {
	server := testredis.Start(t, "--requirepass", "open-sesame")
	with := func(user string) string { return strings.Replace(server.URL(), "//", "//"+user+"@", 1) }
	for _, test := range []struct {
		url, apart string
		enters     bool
	}{
		{server.URL(), "open-sesame", true}, {with(":open-sesame"), "", true}, {with("default:open-sesame"), "", true}, {with("default"), "open-sesame", true},
		{server.URL(), "", false}, {server.URL(), "shut-sesame", false}, {with(":shut-sesame"), "", false}, {with("nobody:open-sesame"), "", false},
	} {
		_, err := redis.NewStore(address(t, test.url, test.apart), time.Now).Get(t.Context(), platform.Key{Partition: "p", Sort: "s"})
		if (err == nil) != test.enters {
			t.Errorf("%s %s: %v", test.url, test.apart, err)
		}
		if err != nil && strings.Contains(err.Error(), "sesame") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

// TestIdleConnection uses a connection again, but not one that lay idle for long.
func TestIdleConnection(t *testing.T) {
	proxy := testredis.Start(t, "--requirepass", "open-sesame").Proxy()
	for idle, want := range map[time.Duration]string{time.Minute: "AUTH GET GET", time.Nanosecond: "AUTH GET AUTH GET"} {
		kv := redis.NewStoreIdle(address(t, proxy.URL(), "open-sesame"), idle)
		for range 2 {
			if _, err := kv.Get(t.Context(), platform.Key{Partition: "p", Sort: "s"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, commands := proxy.Take(); strings.Join(commands, " ") != want {
			t.Errorf("idle for at most %v: %q, want %s", idle, commands, want)
		}
	}
}

// TestDatabase keeps apart what is in different databases.
func TestDatabase(t *testing.T) {
	server := testredis.Start(t)
	if err := openKV(t, server.URL()+"/3").Write(t.Context(), put("p", "s", "v", platform.Always))[0]; err != nil {
		t.Fatal(err)
	}
	for database, want := range map[string]int64{"": 0, "/": 0, "/0": 0, "/3": 1} {
		items, err := openKV(t, server.URL()+database).Get(t.Context(), platform.Key{Partition: "p", Sort: "s"})
		if err != nil || items[0].Version != want {
			t.Errorf("%q: %+v, %v", database, items, err)
		}
	}
}

// TestTLS trusts the authority that it is told, and no other.
func TestTLS(t *testing.T) {
	server := testredis.Start(t)
	url, authority := startTLS(t, server.Addr())
	for _, test := range []struct {
		authority string
		enters    bool
	}{{authority, true}, {"", false}} {
		a := address(t, url, "")
		var err error
		if a.Authorities, err = redis.ReadAuthorities(test.authority); err != nil {
			t.Fatal(err)
		}
		_, err = redis.NewStore(a, time.Now).Get(t.Context(), platform.Key{Partition: "p", Sort: "s"})
		if (err == nil) != test.enters {
			t.Errorf("authority %q: %v", test.authority, err)
		}
	}
}

// startTLS puts TLS before a server, and writes to a file whom to trust for it.
func startTLS(t *testing.T, to string) (url, authority string) {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(web.Close)
	authority = filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	if err := os.WriteFile(authority, data, 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go join(conn, to)
		}
	}()
	return "rediss://" + listener.Addr().String(), authority
}

// join passes on what comes either way until one side ends.
func join(conn net.Conn, to string) {
	defer conn.Close()
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(server, conn); server.Close() }) // an end is an end
	both.Go(func() { _, _ = io.Copy(conn, server); conn.Close() })
	both.Wait()
}
