package source_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
)

// catalog is one in memory. It counts the calls made and the records written,
// since both cost money in a cloud.
type catalog struct {
	records map[string]shipbell.Record
	now     time.Time
	calls   int
	writes  int
	fail    error
}

func newCatalog() *catalog { return &catalog{records: map[string]shipbell.Record{}} }

func (c *catalog) get(key string) shipbell.Record {
	r := c.records[key]
	if !r.Expires.IsZero() && !r.Expires.After(c.now) {
		return shipbell.Record{}
	}
	return r
}

func (c *catalog) Records(_ context.Context, keys ...string) ([]shipbell.Record, error) {
	c.calls++
	if slices.Sort(keys); len(slices.Compact(slices.Clone(keys))) != len(keys) || len(keys) == 0 {
		return nil, errors.New("keys must be different, and at least one")
	}
	var found []shipbell.Record
	for _, key := range keys {
		found = append(found, c.get(key))
	}
	return found, c.fail
}

func (c *catalog) Prefix(_ context.Context, prefix string, limit int) ([]shipbell.Record, error) {
	c.calls++
	var found []shipbell.Record
	for key := range c.records {
		if r := c.get(key); strings.HasPrefix(key, prefix) && r.Key != "" {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b shipbell.Record) int { return strings.Compare(a.Key, b.Key) })
	return found[:min(limit, len(found))], c.fail
}

func (c *catalog) learn(t *testing.T, records []shipbell.Record) {
	t.Helper()
	written := map[string]bool{}
	for _, r := range records {
		if len(r.Key) > 700 || r.Key == "" || len(r.Value) == 0 || written[r.Key] {
			t.Errorf("bad record %q, %d bytes, written already: %v", r.Key, len(r.Value), written[r.Key])
		}
		written[r.Key] = true
		c.writes++
		if !r.Absent || c.get(r.Key).Key == "" {
			c.records[r.Key] = r
		}
	}
}

var (
	private = shipbell.Registry{ID: "default", Host: "reg.example.com"}
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// at is a time in whole minutes after noon.
func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// resolve resolves a decoded event, learns from it, and checks that the same decoded event sent
// again finds the same and teaches nothing new.
func (c *catalog) resolve(t *testing.T, reg shipbell.Registry, f source.DecodedEvent) source.Resolution {
	t.Helper()
	first, err := source.Resolve(t.Context(), reg, f, c)
	if err != nil {
		t.Fatalf("Resolve: %v", err)
	}
	if (first.Event == nil) == (first.Reason == "") {
		t.Errorf("event %v, reason %q: want one of them", first.Event, first.Reason)
	}
	c.learn(t, first.Learn)
	calls := c.calls
	again, err := source.Resolve(t.Context(), reg, f, c)
	if err != nil {
		t.Fatalf("Resolve again: %v", err)
	}
	c.calls = calls
	equal(t, "the event when sent again", again.Event, first.Event)
	equal(t, "the reason when sent again", again.Reason, first.Reason)
	equal(t, "what is learnt when sent again", again.Learn, nil)
	return first
}
