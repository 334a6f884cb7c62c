package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
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

// TestRulesStayWhileNothingChanges counts how often the triggers are read: once in an
// hour without a change.
func TestRulesStayWhileNothingChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Create(storetest.Trigger("one"))
	reads := 0
	s := b.Over(storetest.Hooked{KV: b.KV, Before: func(method string, partitions ...string) {
		if method == "Range" && partitions[0] == "trigger/default" {
			reads++
		}
	}})
	for range 60 {
		known(t, s)
		b.Clock.Pass(time.Minute)
	}
	if reads != 1 {
		t.Errorf("the triggers are read %d times, want once", reads)
	}
}

// TestEventsGoOnDuringCompilation holds up the caller that reads changed triggers: others
// have the old ones meanwhile, until those are three seconds old, and wait then.
func TestEventsGoOnDuringCompilation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Create(storetest.Trigger("one"))
	var hold atomic.Bool
	reading, goOn := make(chan struct{}), make(chan struct{})
	s := b.Over(storetest.Hooked{KV: b.KV, Before: func(method string, _ ...string) {
		if method == "Range" && hold.Load() {
			close(reading)
			<-goOn
		}
	}})
	if n := known(t, s); n != 1 {
		t.Fatalf("before: %d", n)
	}
	b.Create(storetest.Trigger("two"))
	b.Clock.Pass(time.Second)
	hold.Store(true)
	var all sync.WaitGroup
	all.Go(func() {
		if n := known(t, s); n != 2 {
			t.Errorf("who compiled has %d triggers, want 2", n)
		}
	})
	<-reading
	hold.Store(false)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	b.Clock.Pass(1999 * time.Millisecond)
	if rules, err := s.Rules(ctx, "default"); err != nil || len(rules.Set.Triggers()) != 1 {
		t.Errorf("another caller waits, or has other than the old rules: %v", err)
	}
	b.Clock.Pass(time.Millisecond)
	waits, giveUp := context.WithCancel(t.Context())
	giveUp()
	_, err := s.Rules(waits, "default")
	kindOf(t, err, shipbell.Unavailable)
	close(goOn)
	all.Wait()
	if n := known(t, s); n != 2 {
		t.Errorf("after it %d triggers, want 2", n)
	}
}

// opens counts the secrets that a sealer opens.
type opens struct {
	store.Sealer
	count int
}

func (o *opens) Open(context, sealed string) (string, error) {
	o.count++
	return o.Sealer.Open(context, sealed)
}

// TestOnlyChangedTriggersAreDecoded changes one of many triggers.
func TestOnlyChangedTriggersAreDecoded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var one shipbell.Trigger
	for i := range 10 {
		secret := storetest.Trigger(fmt.Sprint("t", i))
		secret.Targets[0].Secret = shipbell.NewSecret("whsec_secret")
		one = b.Create(secret)
	}
	sealer := &opens{Sealer: b.Sealer}
	s := store.New(store.Options{KV: b.KV, Sealer: sealer, Now: b.Clock.Now})
	known(t, s)
	one.Enabled = false
	if _, err := b.ReplaceTrigger(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	b.Clock.Pass(time.Second)
	if n := known(t, s); n != 9 || sealer.count != 11 {
		t.Errorf("%d triggers are enabled after %d secrets were opened, want 9 and 11", n, sealer.count)
	}
}

// TestFailedCheckIsShared has many callers wait for a store that does not answer: they are
// told when the first one is, and the old rules come back with the store.
func TestFailedCheckIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := storetest.New(t)
		b.Create(storetest.Trigger("one"))
		gets := 0
		s := b.Over(&slowFailing{KV: b.KV, gets: &gets})
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				_, err := s.Rules(t.Context(), "default")
				kindOf(t, err, shipbell.Unavailable)
			})
		}
		all.Wait()
		if gets != 1 {
			t.Errorf("the store was asked %d times, want once", gets)
		}
	})
}

// slowFailing is a store that takes two seconds to fail.
type slowFailing struct {
	platform.KV
	gets *int
}

func (s *slowFailing) Get(context.Context, ...platform.Key) ([]platform.Item, error) {
	*s.gets++
	time.Sleep(2 * time.Second)
	return nil, errors.New("away")
}
