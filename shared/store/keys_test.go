package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

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

// TestNothingStaysFreshThroughAFreeze freezes a process for an hour, in which the
// monotonic clock stands still, or sets its wall clock back. What it knew a moment ago
// was changed meanwhile.
func TestNothingStaysFreshThroughAFreeze(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"frozen": time.Hour, "set back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			one := b.Create(storetest.Trigger("one"))
			key := access.NewKey(shipbell.RoleIngest, []string{"default"}, "for a test")
			if _, err := b.CreateAccessKey(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			d := b.Receive("event", one.ID, 1)[0]
			d.TargetURL = one.Targets[0].URL
			now := time.Now()
			frozen := store.New(store.Options{KV: b.KV, Sealer: b.Sealer, Now: func() time.Time { return now }})
			if _, err := frozen.AccessKey(t.Context(), key.ID); err != nil {
				t.Fatal(err)
			}
			if _, reason, err := frozen.Destination(t.Context(), &d); reason != "" || err != nil {
				t.Fatal(reason, err)
			}
			if n := known(t, frozen); n != 1 {
				t.Fatal(n)
			}
			one.Enabled = false
			if _, err := b.ReplaceTrigger(t.Context(), one); err != nil {
				t.Fatal(err)
			}
			if err := b.DeleteAccessKey(t.Context(), key.ID); err != nil {
				t.Fatal(err)
			}
			now = storetest.AfterFreeze(now, jump)
			_, err := frozen.AccessKey(t.Context(), key.ID)
			kindOf(t, err, shipbell.NotFound)
			if n := known(t, frozen); n != 0 {
				t.Error("the trigger that was disabled is in the rules")
			}
			if _, reason, err := frozen.Destination(t.Context(), &d); reason != text.CancelledTriggerDisabled || err != nil {
				t.Errorf("the delivery goes on: %q, %v", reason, err)
			}
		})
	}
}
