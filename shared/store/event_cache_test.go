package store

import (
	"fmt"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestEventCacheIsBounded puts in more than fits: what was used last stays.
func TestEventCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newEventCache()
	const size = 1 << 20
	c.put("too large", &shipbell.Event{}, maxEventBytes)
	for i := range 100 {
		c.put(fmt.Sprint(i), &shipbell.Event{ID: fmt.Sprint(i)}, size)
		if _, found := c.get("0"); !found {
			t.Fatalf("the one that is used is gone after %d others", i)
		}
		if c.bytes > maxEventBytes {
			t.Fatalf("%d bytes are kept", c.bytes)
		}
	}
	const fit = maxEventBytes / (perByte * size)
	for i := 1; i < 100; i++ {
		if e, found := c.get(fmt.Sprint(i)); found != (i > 100-fit) || found && e.ID != fmt.Sprint(i) {
			t.Errorf("event %d is kept: %t", i, found)
		}
	}
	if len(c.byKey) != fit || c.recent.Len() != fit {
		t.Errorf("%d events by key, %d by use, want %d", len(c.byKey), c.recent.Len(), fit)
	}
}
