package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/storetest"
)

func TestTriggerNamesAreUnique(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const creators = 16
	errs := make([]error, creators)
	var all sync.WaitGroup
	for i := range creators {
		all.Go(func() { _, errs[i] = b.Over(b.KV).CreateTrigger(t.Context(), storetest.Trigger("same")) })
	}
	all.Wait()
	created := 0
	for _, err := range errs {
		if err == nil {
			created++
			continue
		}
		kindOf(t, err, shipbell.Conflict)
	}
	triggers, _, err := b.Triggers(t.Context(), "default", 0, 100)
	if err != nil || created != 1 || len(triggers) != 1 {
		t.Errorf("%d were created, %d are there, %v", created, len(triggers), err)
	}
	_, err = b.CreateTrigger(t.Context(), storetest.Trigger("same"))
	kindOf(t, err, shipbell.Conflict)

	b.AddRegistry("other")
	elsewhere := storetest.Trigger("same")
	elsewhere.Registry = "other"
	if got := b.Create(elsewhere); got.ID != 1 {
		t.Errorf("the first trigger of another registry has number %d", got.ID)
	}
}

func TestTriggerNameIsFreeAgain(t *testing.T) {
	t.Parallel()
	for name, free := range map[string]func(*bench, shipbell.Trigger) error{
		"after a delete": func(b *bench, old shipbell.Trigger) error {
			return b.DeleteTrigger(b.T.Context(), "default", old.ID)
		},
		"after a change of name": func(b *bench, old shipbell.Trigger) error {
			old.Name = "new"
			_, err := b.ReplaceTrigger(b.T.Context(), old)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			old := b.Create(storetest.Trigger("old"))
			if err := free(b, old); err != nil {
				t.Fatal(err)
			}
			if again := b.Create(storetest.Trigger("old")); again.ID <= old.ID {
				t.Errorf("number %d was given again", again.ID)
			}
		})
	}
}

// TestAbandonedName ends the process of a creator after each of its writes.
func TestAbandonedName(t *testing.T) {
	t.Parallel()
	for at := 1; at <= 4; at++ {
		for done := range 2 {
			t.Run(fmt.Sprintf("in write %d, done %d", at, done), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				_, err := b.Over(&storetest.Cut{KV: b.KV, At: at, Done: done}).CreateTrigger(t.Context(), storetest.Trigger("name"))
				kindOf(t, err, shipbell.Unavailable)
				left, _, err := b.Triggers(t.Context(), "default", 0, 100)
				if err != nil {
					t.Fatal(err)
				}
				_, err = b.CreateTrigger(t.Context(), storetest.Trigger("name"))
				taken := at > 2 || at == 2 && done == 1
				if taken != (err != nil) {
					t.Errorf("at once: %v, want an error: %t", err, taken)
				}
				b.Clock.Pass(time.Minute)
				_, err = b.CreateTrigger(t.Context(), storetest.Trigger("name"))
				if stored := taken && len(left) == 0; stored != (err == nil) {
					t.Errorf("a minute later, with %d left behind: %v", len(left), err)
				}
				now, _, err := b.Triggers(t.Context(), "default", 0, 100)
				if err != nil || len(now) != 1 {
					t.Errorf("%d triggers of one name, %v", len(now), err)
				}
			})
		}
	}
}

func TestReplaceTrigger(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.Create(storetest.Trigger("one"))
	b.Create(storetest.Trigger("two"))
	b.Clock.Pass(time.Hour)

	changed := first
	changed.Description, changed.Enabled = "changed", false
	second, err := b.ReplaceTrigger(t.Context(), changed)
	if err != nil {
		t.Fatal(err)
	}
	if second.Version != first.Version+1 || !second.CreatedAt.Equal(first.CreatedAt) || second.UpdatedAt.Sub(first.UpdatedAt) != time.Hour {
		t.Errorf("replaced %+v", second)
	}
	_, err = b.ReplaceTrigger(t.Context(), changed)
	kindOf(t, err, shipbell.Stale)
	taken := second
	taken.Name = "two"
	_, err = b.ReplaceTrigger(t.Context(), taken)
	kindOf(t, err, shipbell.Conflict)
	missing := second
	missing.ID = 99
	_, err = b.ReplaceTrigger(t.Context(), missing)
	kindOf(t, err, shipbell.NotFound)

	got, err := b.Trigger(t.Context(), "default", first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(second, got, cmp.AllowUnexported(shipbell.Secret{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// Of many at once, one wins and the others are told.
	var all sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		all.Go(func() { _, errs[i] = b.Over(b.KV).ReplaceTrigger(t.Context(), second) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if kind := shipbell.KindOf(err); kind != shipbell.Stale && kind != shipbell.Unavailable {
			t.Errorf("error %v", err)
		}
	}
	if got, err := b.Trigger(t.Context(), "default", first.ID); err != nil || got.Version != second.Version+1 || won > 1 {
		t.Errorf("version %d after %d won, %v", got.Version, won, err)
	}
}

func TestSecretsAreSealed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.AddRegistry("other")
	const secret = "top-secret-value"
	with := storetest.Trigger("with")
	with.Targets[0].Headers = []shipbell.Header{{Key: "Authorization", Values: []shipbell.Secret{shipbell.NewSecret(secret)}}}
	with.Targets[0].Secret = shipbell.NewSecret("whsec_" + secret)
	with = b.Create(with)

	opened := func(registry string, id shipbell.ID) (header, signing string, err error) {
		t.Helper()
		got, err := b.Trigger(t.Context(), registry, id)
		if err != nil {
			t.Fatal(err)
		}
		if header, err = got.Targets[0].Headers[0].Values[0].Reveal(); err != nil {
			return "", "", err
		}
		signing, err = got.Targets[0].Secret.Reveal()
		return header, signing, err
	}
	if header, signing, err := opened("default", with.ID); err != nil || header != secret || signing != "whsec_"+secret {
		t.Errorf("in its place: %q, %q, %v", header, signing, err)
	}
	rows, err := b.KV.Range(t.Context(), platform.Range{Partition: "trigger/default", Limit: 10})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got := string(rows[0].Value); strings.Contains(got, secret) {
		t.Errorf("the row holds the secret: %s", got)
	}
	for _, place := range []platform.Key{
		{Partition: "trigger/other", Sort: rows[0].Sort},
		{Partition: "trigger/default", Sort: "0000000007"},
	} {
		row := rows[0]
		row.Key = place
		if err := platform.First(b.KV.Write(t.Context(), platform.Write{Item: row, If: platform.Absent})); err != nil {
			t.Fatal(err)
		}
	}
	if header, signing, err := opened("other", with.ID); err == nil {
		t.Errorf("the row opens for another tenant: %q, %q", header, signing)
	}
	if header, signing, err := opened("default", 7); err == nil {
		t.Errorf("the row opens for another trigger: %q, %q", header, signing)
	}

	// A secret that does not open survives that its trigger is stored again.
	copied, err := b.Trigger(t.Context(), "other", with.ID)
	if err != nil {
		t.Fatal(err)
	}
	copied.Description = "stored again"
	if _, err := b.ReplaceTrigger(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	again, err := b.Trigger(t.Context(), "other", with.ID)
	if err != nil || again.Targets[0].Secret.Unopened() != copied.Targets[0].Secret.Unopened() {
		t.Errorf("stored again: %v, %v", again.Targets[0].Secret.Unopened(), err)
	}
}

func TestAnotherRegistrysTriggerIsNotThere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.AddRegistry("other")
	mine := b.Create(storetest.Trigger("mine"))
	for name, call := range map[string]func() error{
		"read": func() error { _, err := b.Trigger(t.Context(), "other", mine.ID); return err },
		"replace": func() error {
			theirs := mine
			theirs.Registry = "other"
			_, err := b.ReplaceTrigger(t.Context(), theirs)
			return err
		},
		"delete":                      func() error { return b.DeleteTrigger(t.Context(), "other", mine.ID) },
		"read of no registry":         func() error { _, err := b.Trigger(t.Context(), "none", mine.ID); return err },
		"list of no registry":         func() error { _, _, err := b.Triggers(t.Context(), "none", 0, 10); return err },
		"delete of its own registry":  func() error { return b.DeleteRegistry(t.Context(), "none") },
		"a number that cannot be one": func() error { _, err := b.Trigger(t.Context(), "default", shipbell.MaxID+1); return err },
	} {
		t.Run(name, func(t *testing.T) { kindOf(t, call(), shipbell.NotFound) })
	}
	kindOf(t, b.DeleteRegistry(t.Context(), "default"), shipbell.Conflict)
}

func TestDeletedRegistryGivesNoNumberTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.Create(storetest.Trigger("one"))
	if err := b.DeleteTrigger(t.Context(), "default", first.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteRegistry(t.Context(), "default"); err != nil {
		t.Fatal(err)
	}
	_, err := b.Rules(t.Context(), "default")
	kindOf(t, err, shipbell.NotFound)
	b.AddRegistry("default")
	if again := b.Create(storetest.Trigger("one")); again.ID <= first.ID {
		t.Errorf("number %d was given again", again.ID)
	}
}

func TestTriggersInPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 12 {
		b.Create(storetest.Trigger(fmt.Sprintf("t%d", i)))
	}
	var got []shipbell.ID
	for after := shipbell.ID(0); ; {
		page, _, err := b.Triggers(t.Context(), "default", after, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page {
			got = append(got, one.ID)
		}
		if len(page) < 5 {
			break
		}
		after = page[4].ID
	}
	if diff := cmp.Diff([]shipbell.ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
