package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
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
