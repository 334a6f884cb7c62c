package store_test

import (
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestFormerSecretIsSealedAndEnds keeps a former secret sealed. When its time is over it is
// not read any more, and reading and writing the trigger changes nothing.
func TestFormerSecretIsSealedAndEnds(t *testing.T) {
	t.Parallel()
	const first, second = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	b := newBench(t)
	of := b.twoTargets()
	of = b.change(of, func(t *shipbell.Trigger) { t.Targets[0].Secret = shipbell.NewSecret(first) })
	of = b.change(of, func(t *shipbell.Trigger) { t.Targets[0].Secret = shipbell.NewSecret(second) })
	read := func() shipbell.Trigger {
		t.Helper()
		kept, err := b.Trigger(t.Context(), of.Registry, of.ID)
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	kept := read()
	if former, err := kept.Targets[0].FormerSecret.Reveal(); err != nil || former != first {
		t.Errorf("the former secret is %q, %v", former, err)
	}
	if same := b.change(kept, func(*shipbell.Trigger) {}); same.Version != kept.Version {
		t.Errorf("a change of nothing makes version %d of %d", same.Version, kept.Version)
	}
	stored := func() string {
		t.Helper()
		rows, err := b.KV.Range(t.Context(), platform.Range{Partition: "trigger/default", Limit: 10})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		return string(rows[0].Value)
	}
	if raw := stored(); strings.Contains(raw, "MDEyMzQ1Njc4") || !strings.Contains(raw, `"former_secret":"`) {
		t.Errorf("stored: %s", raw)
	}

	b.Clock.Pass(shipbell.FormerSecretTime)
	kept = read()
	if target := kept.Targets[0]; !target.FormerSecret.Empty() || !target.FormerSecretUntil.IsZero() {
		t.Errorf("after its time the former secret is there: %+v", target)
	}
	if same := b.change(kept, func(*shipbell.Trigger) {}); same.Version != kept.Version {
		t.Errorf("a change of nothing makes version %d of %d", same.Version, kept.Version)
	}
	b.change(kept, func(t *shipbell.Trigger) { t.Description = "another" })
	if raw := stored(); strings.Contains(raw, "former_secret") {
		t.Errorf("still stored: %s", raw)
	}
}
