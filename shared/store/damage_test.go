package store_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// damage makes the first byte of a record another, and keeps all else.
func (b *bench) damage(partition, sort string) platform.Key {
	b.T.Helper()
	key := platform.Key{Partition: partition, Sort: sort, Spread: strings.HasPrefix(partition, "delivery/")}
	item := b.item(key)
	item.Value = append([]byte{0}, item.Value[1:]...)
	if err := b.KV.Write(b.T.Context(), platform.Write{Item: item, If: platform.AtVersion(item.Version)})[0]; err != nil {
		b.T.Fatal(err)
	}
	return key
}

func (b *bench) item(key platform.Key) platform.Item {
	b.T.Helper()
	items, err := b.KV.Get(b.T.Context(), key)
	if err != nil || items[0].Version == 0 {
		b.T.Fatalf("get %v: %+v, %v", key, items, err)
	}
	return items[0]
}

// aside lists the kinds of what is set aside.
func (b *bench) aside() (kinds []string, names []string) {
	b.T.Helper()
	records, err := b.SetAside(b.T.Context())
	if err != nil {
		b.T.Fatal(err)
	}
	for _, r := range records {
		kinds, names = append(kinds, r.Kind), append(names, r.Name)
	}
	return kinds, names
}

func (b *bench) dropAll() {
	b.T.Helper()
	_, names := b.aside()
	for _, name := range names {
		record, err := b.SetAsideNamed(b.T.Context(), name)
		if err == nil {
			err = b.DropSetAside(b.T.Context(), record)
		}
		if err != nil {
			b.T.Fatal(err)
		}
	}
}

// TestDamagedDeliveryIsSetAside has one of three that are due damaged.
func TestDamagedDeliveryIsSetAside(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := b.Receive("e1", 1, 3)
	if _, err := b.SaveAll(t.Context(), all, func(*shipbell.Delivery) time.Time { return b.Clock.Now() }); err != nil {
		t.Fatal(err)
	}
	key := b.damage("delivery/default", string(all[1].ID))
	bytesBefore := b.item(key).Value
	for range 2 {
		keys, err := b.DueKeys(t.Context(), b.Clock.Now(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for due, err := range b.Due(t.Context(), keys, b.Clock.Now()) {
			if err != nil || len(due) != 2 {
				t.Errorf("due are %d, %v", len(due), err)
			}
		}
	}
	after := b.item(key)
	if !after.Due.IsZero() || !bytes.Equal(after.Value, bytesBefore) {
		t.Errorf("it is due at %v, and its bytes are %.20q", after.Due, after.Value)
	}
	if kinds, _ := b.aside(); !slices.Equal(kinds, []string{"delivery"}) {
		t.Errorf("set aside are %q", kinds)
	}
	if _, err := b.Delivery(t.Context(), "default", all[1].ID); shipbell.KindOf(err) != shipbell.Damaged {
		t.Errorf("it was read with %v", err)
	}
	for _, query := range []store.Query{{}, {Trigger: 1}, {Statuses: []shipbell.Status{shipbell.Pending}}} {
		query.Registry, query.Limit = "default", 10
		if list, err := b.List(t.Context(), query); err != nil || len(list.Deliveries) != 2 || list.Damaged != 1 {
			t.Errorf("%+v: the list has %d, and %d are damaged, %v", query, len(list.Deliveries), list.Damaged, err)
		}
	}
	// The event sent again does not take it for absent.
	if _, created, err := storetest.Accept(t.Context(), b.Store, "default", storetest.Event("e1"), storetest.Fires(1, 3)); err != nil || len(created) > 0 {
		t.Errorf("again: %d created, %v", len(created), err)
	}
	b.dropAll()
	if _, err := b.Delivery(t.Context(), "default", all[1].ID); shipbell.KindOf(err) != shipbell.NotFound {
		t.Errorf("after it was dropped: %v", err)
	}
	if kinds, _ := b.aside(); len(kinds) > 0 {
		t.Errorf("set aside are still %q", kinds)
	}
}

// TestDamagedBeforeItIsSaved has a delivery damaged between the time when sweep read it and
// when it stores that it is woken. No later scan would come across it.
func TestDamagedBeforeItIsSaved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := b.Receive("e1", 1, 2)
	b.damage("delivery/default", string(all[0].ID))
	saved, err := b.SaveAll(t.Context(), all, nil)
	if err != nil || len(saved) != 1 || saved[0].ID != all[1].ID {
		t.Errorf("saved are %d, %v", len(saved), err)
	}
	if kinds, _ := b.aside(); !slices.Equal(kinds, []string{"delivery"}) {
		t.Errorf("set aside are %q", kinds)
	}
}

// TestDropLeavesWhatCanBeRead drops a record that somebody has repaired meanwhile.
func TestDropLeavesWhatCanBeRead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.Receive("e1", 1, 1)[0]
	key := platform.Key{Partition: "delivery/default", Sort: string(d.ID), Spread: true}
	sound := b.item(key)
	b.damage("delivery/default", string(d.ID))
	if _, _, err := b.Check(t.Context(), "", 1000, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if err := b.KV.Write(t.Context(), platform.Write{Item: sound, If: platform.Always})[0]; err != nil {
		t.Fatal(err)
	}
	b.dropAll()
	if _, err := b.Delivery(t.Context(), "default", d.ID); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}

// TestDamagedRegistryKeepsItsNumbers damages a registry's record, drops it and makes the
// registry again.
func TestDamagedRegistryKeepsItsNumbers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.AddRegistry("other")
	first := b.Create(storetest.Trigger("first"))
	b.damage("registry", "default")
	fresh := &bench{&storetest.Bench{Store: b.Over(b.KV), T: t, KV: b.KV, Sealer: b.Sealer, Clock: b.Clock}}
	if _, _, err := fresh.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "x"}); shipbell.KindOf(err) != shipbell.Damaged {
		t.Errorf("it was made anew: %v", err)
	}
	if _, err := fresh.CreateTrigger(t.Context(), storetest.Trigger("second")); shipbell.KindOf(err) != shipbell.Damaged {
		t.Errorf("a trigger was made: %v", err)
	}
	if all, err := fresh.Registries(t.Context()); err != nil || len(all) != 1 || all[0].ID != "other" {
		t.Errorf("registries %+v, %v", all, err)
	}
	if ids, err := fresh.RegistryIDs(t.Context()); err != nil || !slices.Equal(ids, []string{"default", "other"}) {
		t.Errorf("ids %q, %v", ids, err)
	}
	fresh.dropAll()
	fresh.AddRegistry("default")
	if _, err := fresh.Trigger(t.Context(), "default", first.ID); err != nil {
		t.Errorf("its trigger: %v", err)
	}
	if second := fresh.Create(storetest.Trigger("second")); second.ID <= first.ID {
		t.Errorf("the next number is %d, after %d", second.ID, first.ID)
	}
}

// TestDamagedTriggerStopsNoOther damages the first of three triggers.
func TestDamagedTriggerStopsNoOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"one", "two", "three"} {
		b.Create(storetest.Trigger(name))
	}
	b.damage("trigger/default", "0000000001")
	fresh := b.Over(b.KV)
	rules, err := fresh.Rules(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(rules.Set.Triggers()); n != 2 {
		t.Errorf("%d triggers are in force", n)
	}
	if _, reason := rules.Destination(&shipbell.Delivery{TriggerID: 1}); reason != text.CancelledTriggerDamaged {
		t.Errorf("its deliveries end with %q", reason)
	}
	if list, damaged, err := fresh.Triggers(t.Context(), "default", 0, 2); err != nil || len(list) != 2 || list[1].Name != "three" || damaged != 1 || rules.Damaged() != 1 {
		t.Errorf("the list is %+v, and %d are damaged, %v", list, damaged, err)
	}
	b.dropAll()
	if _, err := b.Trigger(t.Context(), "default", 1); shipbell.KindOf(err) != shipbell.NotFound {
		t.Errorf("after it was dropped: %v", err)
	}
}

// TestOtherDamagedRecords has each stop as little as it can.
func TestOtherDamagedRecords(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, id := range []string{"bad", "good"} {
		if _, err := b.CreateAccessKey(t.Context(), shipbell.AccessKey{ID: id, Role: shipbell.RoleAdmin, Secret: shipbell.NewSecret("x")}); err != nil {
			t.Fatal(err)
		}
	}
	b.damage("access-key", "bad")
	if _, err := b.AccessKey(t.Context(), "bad"); shipbell.KindOf(err) != shipbell.Damaged {
		t.Errorf("the key was read with %v", err)
	}
	if keys, err := b.AccessKeys(t.Context()); err != nil || len(keys) != 1 || keys[0].ID != "good" {
		t.Errorf("keys %+v, %v", keys, err)
	}
	if err := b.DeleteAccessKey(t.Context(), "good"); err != nil {
		t.Fatal(err)
	}
	if made, err := b.FirstStart(t.Context(), shipbell.Registry{ID: "default"}, shipbell.AccessKey{ID: "new"}, func() error { return nil }); err != nil || made {
		t.Errorf("a damaged key was taken for none: %t, %v", made, err)
	}

	if err := b.SetCheckpoint(t.Context(), "default", store.Checkpoint{}.Next(b.Clock.Now())); err != nil {
		t.Fatal(err)
	}
	b.damage("sweep", "default")
	if c, err := b.Checkpoint(t.Context(), "default"); err != nil || c != (store.Checkpoint{}) {
		t.Errorf("the checkpoint is %+v, %v", c, err)
	}

	b.Receive("e1", 1, 2)
	b.damage("event/default/e1", "receipt")
	b.Clock.Pass(time.Second)
	if again, _, err := storetest.Accept(t.Context(), b.Store, "default", storetest.Event("e1"), storetest.Fires(1, 2)); err != nil || len(again) != 2 {
		t.Errorf("an event with a damaged receipt: %d, %v", len(again), err)
	}
	if kinds, _ := b.aside(); !slices.Equal(kinds, []string{"access-key", "event", "sweep"}) {
		t.Errorf("set aside are %q", kinds)
	}
}

// TestCheckReadsAll checks page by page and finds what nobody has read.
func TestCheckReadsAll(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.AddRegistry("other")
	b.Create(storetest.Trigger("one"))
	for _, event := range []string{"e1", "e2", "e3"} {
		b.Receive(event, 1, 2)
	}
	all := b.Receive("e4", 1, 1)
	b.damage("delivery/default", string(all[0].ID))
	b.damage("trigger-name/default", "one")
	b.damage("registry", "other")
	check := func(wanted func(string) bool) (total int) {
		for after := ""; ; {
			n, next, err := b.Check(t.Context(), after, 3, wanted)
			if err != nil {
				t.Fatal(err)
			}
			if total += n; next == "" {
				return total
			}
			after = next
		}
	}
	if n := check(func(registry string) bool { return registry == "other" }); n != 0 {
		t.Errorf("%d records of the other registry", n)
	}
	if n := check(func(string) bool { return true }); n != 11 {
		t.Errorf("%d records, want 2 registries, a trigger, its name and 7 deliveries", n)
	}
	if kinds, _ := b.aside(); !slices.Equal(kinds, []string{"delivery", "registry", "trigger-name"}) {
		t.Errorf("set aside are %q", kinds)
	}
	b.dropAll()
	if err := b.CheckName(t.Context(), storetest.Trigger("one")); shipbell.KindOf(err) != shipbell.Conflict {
		t.Errorf("the dropped name of a trigger is free: %v", err)
	}
}
