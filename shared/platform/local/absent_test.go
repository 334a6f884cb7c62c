package local

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

func numbered(partition string, n int) platform.Key {
	return platform.Key{Partition: partition, Sort: fmt.Sprintf("%09d", n)}
}

// put writes items with the keys of some numbers.
func put(t *testing.T, s *Store, partition string, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		w := platform.Write{Item: platform.Item{Key: numbered(partition, n)}, If: platform.Always}
		if err := s.Write(t.Context(), w)[0]; err != nil {
			t.Fatal(err)
		}
	}
}

func openStore(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// holds reads an item and reports whether it is there.
func holds(t *testing.T, s *Store, key platform.Key) bool {
	t.Helper()
	items, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return items[0].Version > 0
}

func TestFilterOfAbsentKeys(t *testing.T) {
	t.Parallel()
	s := openStore(t, Options{})
	put(t, s, "p", 0, 300)
	put(t, s, "other", 300, 301)
	for n := range missesForFilter {
		if holds(t, s, numbered("p", 1000+n)) {
			t.Fatal("found what was never written")
		}
	}
	for deadline := time.Now().Add(time.Minute); !s.absent.lacks(numbered("p", 2000)); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("the partition got no filter")
		}
	}
	put(t, s, "p", 300, 600)
	missing := 0
	for n := range 600 {
		if !holds(t, s, numbered("p", n)) {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%d of 600 items are not found", missing)
	}
	lacking := 0
	for n := 1000; n < 2000; n++ {
		if s.absent.lacks(numbered("p", n)) {
			lacking++
		}
	}
	if lacking < 950 {
		t.Errorf("the filter knows of %d of 1,000 absent keys, want most", lacking)
	}
	if s.absent.lacks(numbered("other", 1)) {
		t.Error("a partition without a filter is said to lack a key")
	}
}

// TestFilterOfKeyBeingWritten begins a filter while a transaction is under way that the
// filter does not get.
func TestFilterOfKeyBeingWritten(t *testing.T) {
	t.Parallel()
	var stop atomic.Bool
	stopped, goOn := make(chan struct{}), make(chan struct{})
	s := openStore(t, Options{Now: func() time.Time {
		if stop.CompareAndSwap(true, false) {
			close(stopped)
			<-goOn
		}
		return time.Now()
	}})
	key := numbered("p", 1)
	written := make(chan error)
	stop.Store(true)
	go func() {
		written <- s.Write(t.Context(), platform.Write{Item: platform.Item{Key: key}, If: platform.Always})[0]
	}()
	<-stopped
	var made atomic.Bool
	done := make(chan struct{})
	go func() {
		s.makeFilter(t.Context(), "p")
		made.Store(true)
		close(done)
	}()
	for !made.Load() && len(s.writer.requests) == 0 {
		runtime.Gosched()
	}
	close(goOn)
	<-done
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if !holds(t, s, key) {
		t.Error("what was written while the filter was made is not found")
	}
}

func TestFilterGrows(t *testing.T) {
	t.Parallel()
	s := openStore(t, Options{})
	s.makeFilter(t.Context(), "p")
	if !s.absent.lacks(numbered("p", 0)) {
		t.Fatal("an empty partition is not known to lack a key")
	}
	for n := 0; n <= minFiltered; n += 64 {
		var writes []platform.Write
		for i := range 65 {
			writes = append(writes, platform.Write{Item: platform.Item{Key: numbered("p", n+i)}, If: platform.Always})
		}
		if err := platform.First(s.Write(t.Context(), writes...)); err != nil {
			t.Fatal(err)
		}
	}
	if s.absent.lacks(numbered("p", 1_000_000)) || s.absent.bytes != 0 {
		t.Errorf("a filter for %d keys is used for more", minFiltered)
	}
	s.makeFilter(t.Context(), "p")
	if !s.absent.lacks(numbered("p", 1_000_000)) || s.absent.lacks(numbered("p", minFiltered)) {
		t.Error("the new filter is not one of all keys")
	}
}
