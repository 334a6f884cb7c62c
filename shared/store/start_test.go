package store_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

func (b *bench) firstStart(id string, announce func() error) bool {
	b.T.Helper()
	made, err := b.FirstStart(b.T.Context(), shipbell.Registry{ID: id, Host: "reg.example.com"}, access.NewKey(shipbell.RoleAdmin, nil, ""), announce)
	if err != nil {
		b.T.Error(err)
	}
	return made
}

// TestFirstStart makes one key, whoever is at it, and again one when all are gone.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for round := range 2 {
		// Nobody goes on before all have found that there is no key.
		const many = 4
		var all, found sync.WaitGroup
		found.Add(many)
		var made atomic.Int32
		for range many {
			all.Go(func() {
				if b.firstStart("first", func() error { found.Done(); found.Wait(); return nil }) {
					made.Add(1)
				}
			})
		}
		all.Wait()
		keys, err := b.AccessKeys(t.Context())
		if err != nil || len(keys) != 1 {
			t.Fatalf("round %d: keys %+v, %v", round, keys, err)
		}
		if n := made.Load(); n != 1 {
			t.Errorf("round %d: %d made a key", round, n)
		}
		if r, err := b.Registry(t.Context(), "first"); err != nil || r.Host != "reg.example.com" {
			t.Errorf("round %d: registry %+v, %v", round, r, err)
		}
		if b.firstStart("first", func() error { t.Error("announced a key"); return nil }) {
			t.Error("made a key beside another")
		}
		if err := b.DeleteAccessKey(t.Context(), keys[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	gone := errors.New("the disk is full")
	if _, err := b.FirstStart(t.Context(), shipbell.Registry{ID: "first"}, access.NewKey(shipbell.RoleAdmin, nil, ""), func() error { return gone }); err != gone {
		t.Errorf("got %v, want %v", err, gone)
	}
	if keys, err := b.AccessKeys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("a key that could not be told was made: %+v, %v", keys, err)
	}
}

// TestCheckSealer refuses a key that does not open what is there, and lets a new one
// replace an old one by way of a ring of both.
func TestCheckSealer(t *testing.T) {
	t.Parallel()
	first, second, third := access.NewSealKey(), access.NewSealKey(), access.NewSealKey()
	for _, older := range []bool{false, true} { // a store with a secret and no mark
		b := newBench(t)
		with := func(ring ...string) *store.Store {
			keys, err := access.ParseSealKeys(strings.Join(ring, ","))
			if err != nil {
				t.Fatal(err)
			}
			sealer, err := access.NewSealer(keys...)
			if err != nil {
				t.Fatal(err)
			}
			return store.New(store.Options{KV: b.KV, Sealer: sealer, Now: b.Clock.Now, Retention: storetest.Retention})
		}
		if older {
			if _, err := with(first).CreateAccessKey(t.Context(), access.NewKey(shipbell.RoleAdmin, nil, "")); err != nil {
				t.Fatal(err)
			}
			if err := with(second).CheckSealer(t.Context()); err == nil {
				t.Error("a key was taken that opens no secret")
			}
		}
		for _, step := range []struct {
			ring []string
			ok   bool
		}{
			{[]string{first}, true}, {[]string{first}, true}, {[]string{second}, false}, {[]string{second, third}, false},
			{[]string{second, first}, true}, {[]string{second}, true}, {[]string{first}, false},
		} {
			if err := with(step.ring...).CheckSealer(t.Context()); (err == nil) != step.ok {
				t.Errorf("older %v: the ring %q: %v, want it taken: %v", older, step.ring, err, step.ok)
			}
		}
	}
}
