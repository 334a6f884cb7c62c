package local_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
)

func open(t *testing.T, dir string, o local.Options) *local.Store {
	t.Helper()
	s, err := local.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func put(sort, value string) platform.Write {
	return platform.Write{Item: platform.Item{Key: platform.Key{Partition: "p", Sort: sort}, Value: []byte(value)}, If: platform.Absent}
}

func TestKV(t *testing.T) {
	platformtest.KV(t, func(t *testing.T) platform.KV { return open(t, t.TempDir(), local.Options{}) })
}

// TestDamagedRow has a row whose version is no number.
func TestDamagedRow(t *testing.T) {
	for _, column := range []string{"version", "expires", "due"} {
		t.Run(column, func(t *testing.T) {
			platformtest.Damaged(t, func(t *testing.T) (platform.KV, platformtest.Damage) {
				dir := t.TempDir()
				s := open(t, dir, local.Options{})
				return s, func(key platform.Key) {
					db, err := sql.Open("sqlite", filepath.Join(dir, "shipbell.db"))
					if err != nil {
						t.Fatal(err)
					}
					defer db.Close()
					if _, err := db.Exec("UPDATE items SET "+column+" = x'00ff' WHERE p = ? AND s = ?", key.Partition, key.Sort); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}

func TestQueue(t *testing.T) {
	platformtest.Served(t, func(*testing.T) platformtest.ServedQueue {
		return local.NewQueue(local.QueueOptions{Workers: 64, GroupWorkers: 32})
	})
}

func TestWhatWasWrittenIsThereAfterReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%20é")
	s := open(t, dir, local.Options{})
	if err := platform.First(s.Write(t.Context(), put("a", "1"))); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), put("b", "1"))[0]; err == nil {
		t.Error("a closed store took a write")
	}
	s = open(t, dir, local.Options{})
	items, err := s.Get(t.Context(), platform.Key{Partition: "p", Sort: "a"})
	if err != nil || string(items[0].Value) != "1" {
		t.Errorf("after reopening: %+v, %v", items, err)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, local.Options{})
	if s, err := local.Open(dir, local.Options{}); err == nil {
		s.Close()
		t.Fatal("the store opened twice")
	} else if !strings.Contains(err.Error(), "another process is using it") {
		t.Errorf("the error does not say why: %v", err)
	}
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir, local.Options{})
	if err := platform.First(s.Write(t.Context(), put("a", "secret"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "shipbell.db", "shipbell.db-wal", "lock"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestWritersShareCommits(t *testing.T) {
	s := open(t, t.TempDir(), local.Options{})
	var all sync.WaitGroup
	for w := range 32 {
		all.Go(func() {
			for i := range 50 {
				if err := platform.First(s.Write(t.Context(), put(fmt.Sprint(w, "-", i), "v"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	items, err := s.Range(t.Context(), platform.Range{Partition: "p", Limit: 1000})
	if err != nil || len(items) != 1000 {
		t.Errorf("%d items, %v", len(items), err)
	}
}

func TestExpiredItemsAreDeleted(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, local.Options{})
	var writes []platform.Write
	for i := range 10 {
		w := put(fmt.Sprint(i), "v")
		if i%2 == 0 {
			w.Item.Expires = time.Now().Add(-time.Hour)
		}
		writes = append(writes, w)
	}
	if err := platform.First(s.Write(t.Context(), writes...)); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "shipbell.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var n int
		if err := db.QueryRow("SELECT count(*) FROM items WHERE p = 'p'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 5 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d rows are left, want 5", n)
		}
	}
}

// TestClockAheadDeletesLittle has a clock that is years ahead for a while, also over a
// restart: what expires in a month is there when the clock is right again.
func TestClockAheadDeletesLittle(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64
		now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		s, err := local.Open(dir, local.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		month, soon := put("month", "v"), put("soon", "v")
		month.Item.Expires, soon.Item.Expires = now().Add(30*24*time.Hour), now().Add(time.Minute)
		if err := platform.First(s.Write(t.Context(), month, soon)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		ahead.Store(int64(100_000 * time.Hour))
		time.Sleep(time.Minute)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err = local.Open(dir, local.Options{Now: now}); err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		time.Sleep(time.Minute)
		ahead.Store(0)
		items, err := s.Get(t.Context(), month.Item.Key, soon.Item.Key)
		if err != nil || items[0].Version != 1 || items[1].Version != 0 {
			t.Errorf("left are %+v, %v", items, err)
		}
	})
}

func TestFailedCommitIsToldToEveryWriter(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, local.Options{})
	db, err := sql.Open("sqlite", filepath.Join(dir, "shipbell.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("ALTER TABLE items RENAME TO gone"); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), put("a", "1"))[0]; err == nil {
		t.Error("the write was said to be done")
	}
	if _, err := db.Exec("ALTER TABLE gone RENAME TO items"); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), put("a", "1"))[0]; err != nil {
		t.Errorf("the store did not recover: %v", err)
	}
}

func TestQueueCapsEachGroupAndTakesTurns(t *testing.T) {
	q := local.NewQueue(local.QueueOptions{GroupWorkers: 2, Workers: 8})
	var messages []platform.Message
	for i := range 30 {
		messages = append(messages, platform.Message{Group: []string{"a", "b"}[i/20], Body: fmt.Append(nil, []string{"a", "b"}[i/20], i)})
	}
	if err := platform.First(q.Send(t.Context(), messages...)); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	working, most, order := map[string]int{}, map[string]int{}, []string{}
	started, step, done := make(chan struct{}, 30), make(chan struct{}), make(chan struct{}, 30)
	stop := platformtest.Serve(t, q, func(_ context.Context, body []byte) error {
		mu.Lock()
		name := string(body[:1])
		working[name]++
		most[name] = max(most[name], working[name])
		order = append(order, name)
		mu.Unlock()
		started <- struct{}{}
		<-step
		mu.Lock()
		working[name]--
		mu.Unlock()
		done <- struct{}{}
		return nil
	})
	for range 3 {
		<-started
	}
	mu.Lock()
	if order[0] == order[1] && order[1] == order[2] {
		t.Errorf("the first three were all of one group: %v", order)
	}
	mu.Unlock()
	close(step)
	for range 30 {
		<-done
	}
	stop()
	if most["a"] > 2 || most["b"] > 2 {
		t.Errorf("at most 2 of a group at once, saw %v", most)
	}
}
