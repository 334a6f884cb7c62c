package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// known counts the enabled triggers in a store's rules.
func known(t *testing.T, s *store.Store) int {
	t.Helper()
	rules, err := s.Rules(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, one := range rules.Set.Triggers() {
		if one.Enabled {
			n++
		}
	}
	return n
}

func TestChangesComeIntoForce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*bench, shipbell.Trigger) error
		want   int
	}{
		"create": {func(b *bench, _ shipbell.Trigger) error {
			_, err := b.CreateTrigger(b.T.Context(), storetest.Trigger("more"))
			return err
		}, 2},
		"disable": {func(b *bench, one shipbell.Trigger) error {
			one.Enabled = false
			_, err := b.ReplaceTrigger(b.T.Context(), one)
			return err
		}, 0},
		"delete": {func(b *bench, one shipbell.Trigger) error {
			return b.DeleteTrigger(b.T.Context(), "default", one.ID)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			one := b.Create(storetest.Trigger("one"))
			other := b.Over(b.KV)
			if here, there := known(t, b.Store), known(t, other); here != 1 || there != 1 {
				t.Fatalf("before: %d, %d", here, there)
			}
			if err := test.change(b, one); err != nil {
				t.Fatal(err)
			}
			if n := known(t, b.Store); n != test.want {
				t.Errorf("in the same store: %d, want %d at once", n, test.want)
			}
			b.Clock.Pass(999 * time.Millisecond)
			if n := known(t, other); n != 1 {
				t.Errorf("in another store: %d before a second has passed: nothing is kept", n)
			}
			b.Clock.Pass(time.Millisecond)
			if n := known(t, other); n != test.want {
				t.Errorf("in another store: %d, want %d within a second", n, test.want)
			}
		})
	}
}

// TestInterruptedChangesComeIntoForce ends the process that changes a trigger
// before it can tell the others.
func TestInterruptedChangesComeIntoForce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*store.Store, *testing.T, shipbell.Trigger) error{
		"disable": func(s *store.Store, t *testing.T, one shipbell.Trigger) error {
			one.Enabled = false
			_, err := s.ReplaceTrigger(t.Context(), one)
			return err
		},
		"delete": func(s *store.Store, t *testing.T, one shipbell.Trigger) error {
			return s.DeleteTrigger(t.Context(), "default", one.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			one := b.Create(storetest.Trigger("one"))
			if n := known(t, b.Store); n != 1 {
				t.Fatalf("before: %d", n)
			}
			kindOf(t, change(b.Over(&storetest.Cut{KV: b.KV, At: 2}), t, one), shipbell.Unavailable)
			for range 60 {
				b.Clock.Pass(time.Second)
				known(t, b.Store)
				if err := b.SettleChanges(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			b.Clock.Pass(time.Second)
			if n := known(t, b.Store); n != 0 {
				t.Error("the change is not in force after a minute and a sweep")
			}
			noneChanging(t, b.KV)
		})
	}
}

func TestRulesHoldAllTriggers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 30 {
		b.Create(storetest.Trigger(fmt.Sprintf("t%d", i)))
	}
	if n := known(t, b.Store); n != 30 {
		t.Errorf("%d triggers, want 30", n)
	}
	_, err := b.Rules(t.Context(), "none")
	kindOf(t, err, shipbell.NotFound)
}

func TestAccessKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := b.Over(b.KV)
	key := access.NewKey(shipbell.RoleIngest, []string{"default"}, "for a test")
	if _, err := b.CreateAccessKey(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	want, err := key.Secret.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := other.AccessKey(t.Context(), key.ID)
	if err != nil {
		t.Fatal(err)
	}
	if secret, err := got.Secret.Reveal(); err != nil || secret != want || got.Role != shipbell.RoleIngest {
		t.Errorf("read %+v, %v", got, err)
	}
	all, err := b.AccessKeys(t.Context())
	if err != nil || len(all) != 1 || !all[0].Secret.Empty() {
		t.Errorf("list %+v, %v", all, err)
	}
	if _, err := b.CreateAccessKey(t.Context(), key); err == nil {
		t.Error("a key was created twice")
	}
	for _, none := range []string{"", "none", fmt.Sprintf("%065d", 0)} {
		_, err := b.AccessKey(t.Context(), none)
		kindOf(t, err, shipbell.NotFound)
	}

	if err := b.DeleteAccessKey(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	kindOf(t, b.DeleteAccessKey(t.Context(), key.ID), shipbell.NotFound)
	_, err = b.AccessKey(t.Context(), key.ID)
	kindOf(t, err, shipbell.NotFound)
	if _, err := other.AccessKey(t.Context(), key.ID); err != nil {
		t.Errorf("in another store, at once: %v: nothing is kept", err)
	}
	b.Clock.Pass(time.Second)
	_, err = other.AccessKey(t.Context(), key.ID)
	kindOf(t, err, shipbell.NotFound)
}
