package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

func TestCatalog(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.Catalog("default")
	record := func(key, value string) shipbell.Record { return shipbell.Record{Key: key, Value: []byte(value)} }
	var many []shipbell.Record
	for i := range 150 {
		many = append(many, record(fmt.Sprintf("tag %03d", i), "old"))
	}
	if err := c.Learn(t.Context(), many...); err != nil {
		t.Fatal(err)
	}
	first := record("tag 001", "first")
	first.Absent = true
	passing := record("passing", "x")
	passing.Expires = b.Clock.Now().Add(time.Hour)
	if err := c.Learn(t.Context(), record("tag 000", "new"), first, passing); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range many {
		keys = append(keys, r.Key)
	}
	records, err := c.Records(t.Context(), append(keys, "none", "passing")...)
	if err != nil || len(records) != 152 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if string(records[0].Value) != "new" || string(records[1].Value) != "old" || records[150].Key != "" || string(records[151].Value) != "x" {
		t.Errorf("records %q, %q, %+v, %+v", records[0].Value, records[1].Value, records[150], records[151])
	}
	b.Clock.Pass(time.Hour)
	if records, err := c.Records(t.Context(), "passing"); err != nil || records[0].Key != "" {
		t.Errorf("after its time: %+v, %v", records, err)
	}
	if found, err := c.Prefix(t.Context(), "tag 00", 1000); err != nil || len(found) != 10 || found[9].Key != "tag 009" {
		t.Errorf("by prefix: %+v, %v", found, err)
	}
	if found, err := b.Catalog("other").Prefix(t.Context(), "", 10); err != nil || len(found) != 0 {
		t.Errorf("of another registry: %+v, %v", found, err)
	}
}

// TestLearnWithReceipt writes what an event teaches with its receipt, and nothing of it
// when the event came before.
func TestLearnWithReceipt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ignore := func([]shipbell.Delivery) {}
	// accept teaches the catalog with 150 records, more than one call takes.
	accept := func(event, value string) store.Accepted {
		t.Helper()
		learn := make([]shipbell.Record, 150)
		for i := range learn {
			learn[i] = shipbell.Record{Key: fmt.Sprintf("tag %03d", i), Value: []byte(value), Absent: i == 149}
		}
		accepted, err := b.Accept(t.Context(), "default", storetest.Event(event), storetest.Fires(1, 2), ignore, learn...)
		if err != nil {
			t.Fatal(err)
		}
		return accepted
	}
	for _, step := range []struct {
		event, value string
		learned      bool
		want         string // of the first record
	}{
		{"one", "first", true, "first"},
		{"one", "again", false, "first"},
		{"two", "second", true, "second"},
	} {
		if accepted := accept(step.event, step.value); accepted.Learned != step.learned || accepted.Repeat == step.learned {
			t.Errorf("%s, %s: %+v", step.event, step.value, accepted)
		}
		records, err := b.Catalog("default").Records(t.Context(), "tag 000", "tag 148", "tag 149")
		if err != nil {
			t.Fatal(err)
		}
		if got := string(records[0].Value); got != step.want || string(records[1].Value) != step.want || string(records[2].Value) != "first" {
			t.Errorf("%s, %s: the catalog has %q, %q and %q", step.event, step.value, got, records[1].Value, records[2].Value)
		}
	}
}
