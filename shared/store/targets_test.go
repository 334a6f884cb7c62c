package store_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// twoTargets stores a trigger with the targets a and b.
func (b *bench) twoTargets() shipbell.Trigger {
	b.T.Helper()
	of := storetest.Trigger("two")
	of.Targets = []shipbell.Target{{URL: "https://a.example.com/"}, {URL: "https://b.example.com/"}}
	of.Normalise()
	return b.Create(of)
}

// change stores what edit makes of a trigger.
func (b *bench) change(of shipbell.Trigger, edit func(*shipbell.Trigger)) shipbell.Trigger {
	b.T.Helper()
	changed := of.Clone()
	edit(&changed)
	if err := changed.Change(of, b.Clock.Now()); err != nil {
		b.T.Fatal(err)
	}
	changed, err := b.ChangeTrigger(b.T.Context(), of, changed)
	if err != nil {
		b.T.Fatal(err)
	}
	return changed
}

// receiveFor accepts an event for a trigger's targets.
func (b *bench) receiveFor(event string, of shipbell.Trigger) (all, created []shipbell.Delivery) {
	b.T.Helper()
	all, created, err := storetest.Accept(b.T.Context(), b.Store, "default", storetest.Event(event), storetest.Matching(shipbell.Match{Trigger: &of}))
	if err != nil {
		b.T.Fatal(err)
	}
	return all, created
}

// TestTargetIDsAreNotUsedAgain removes a target and adds another: its id is a new one,
// and what waits for the removed one is cancelled.
func TestTargetIDsAreNotUsedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	of := b.twoTargets()
	all, _ := b.receiveFor("event", of)
	of = b.change(of, func(t *shipbell.Trigger) { t.Targets = t.Targets[:1] })
	of = b.change(of, func(t *shipbell.Trigger) {
		t.Targets = append(t.Targets, shipbell.Target{URL: "https://c.example.com/"})
	})
	stored, err := b.Trigger(t.Context(), "default", of.ID)
	if err != nil || stored.Targets[0].ID != 1 || stored.Targets[1].ID != 3 || stored.LastTarget != 3 {
		t.Fatalf("stored is %+v, %v", stored, err)
	}
	rules, err := b.Rules(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	if _, reason := rules.Destination(&all[0]); reason != "" {
		t.Errorf("the delivery to the target that stayed: %s", reason)
	}
	if target, reason := rules.Destination(&all[1]); reason != text.CancelledTargetRemoved {
		t.Errorf("the delivery to the target that was removed goes to %s, %q", target.URL, reason)
	}
}

// TestAcceptAfterURLCorrected receives an event again after a URL was corrected: nothing
// doubles.
func TestAcceptAfterURLCorrected(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	of := b.twoTargets()
	first, _ := b.receiveFor("event", of)
	of = b.change(of, func(t *shipbell.Trigger) { t.Targets[0].URL = "https://x.example.com/" })
	again, created := b.receiveFor("event", of)
	if diff := cmp.Diff(ids(first), ids(again)); diff != "" || len(created) != 0 {
		t.Errorf("%d were made, (-want +got):\n%s", len(created), diff)
	}
}

// older makes of what is stored of a trigger what an older version stored.
func (b *bench) older(of shipbell.Trigger) shipbell.Trigger {
	b.T.Helper()
	items, err := b.KV.Range(b.T.Context(), platform.Range{Partition: "trigger/default", Limit: 1})
	if err != nil || len(items) != 1 {
		b.T.Fatalf("%d triggers, %v", len(items), err)
	}
	var value map[string]any
	if err := json.Unmarshal(items[0].Value, &value); err != nil {
		b.T.Fatal(err)
	}
	delete(value, "last_target")
	for _, target := range value["targets"].([]any) {
		delete(target.(map[string]any), "id")
	}
	if items[0].Value, err = json.Marshal(value); err != nil {
		b.T.Fatal(err)
	}
	if strings.Contains(string(items[0].Value), `"id":1,"url"`) {
		b.T.Fatalf("the targets have ids: %s", items[0].Value)
	}
	if err := platform.First(b.KV.Write(b.T.Context(), platform.Write{Item: items[0], If: platform.Always})); err != nil {
		b.T.Fatal(err)
	}
	stored, err := b.Trigger(b.T.Context(), "default", of.ID)
	if err != nil {
		b.T.Fatal(err)
	}
	return stored
}

// TestTargetsOfOlderVersion reads a trigger that an older version stored: its targets
// have ids by place, its deliveries keep their ids and follow a corrected URL, and an
// event that was first received then makes no others.
func TestTargetsOfOlderVersion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	of := b.twoTargets()
	withoutIDs := of.Clone()
	for i := range withoutIDs.Targets {
		withoutIDs.Targets[i].ID = 0
	}
	first, _ := b.receiveFor("event", withoutIDs) // as an older version did
	if first[0].ID != first[0].FormerID() || first[0].TargetID != 0 {
		t.Fatalf("the older delivery is %+v", first[0])
	}
	of = b.older(of)
	if of.Targets[0].ID != 1 || of.Targets[1].ID != 2 || of.LastTarget != 2 {
		t.Fatalf("the older trigger is %+v", of)
	}
	again, created := b.receiveFor("event", of)
	if diff := cmp.Diff(ids(first), ids(again)); diff != "" || len(created) != 0 {
		t.Errorf("received again, %d were made, (-want +got):\n%s", len(created), diff)
	}
	// The first target changes its URL and its place.
	of = b.change(of, func(t *shipbell.Trigger) {
		t.Targets = []shipbell.Target{t.Targets[1], {ID: 1, URL: "https://x.example.com/"}}
	})
	again, created = b.receiveFor("event", of)
	if diff := cmp.Diff(ids(first[1:]), ids(again)); diff != "" || len(created) != 0 {
		t.Errorf("received after the change, %d were made, (-want +got):\n%s", len(created), diff)
	}
	rules, err := b.Rules(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []shipbell.TargetID{1, 2} {
		if target, reason := rules.Destination(&first[i]); reason != "" || target.ID != want {
			t.Errorf("%s goes to %d, %q", first[i].TargetURL, target.ID, reason)
		}
	}
}
