package store_test

import (
	"context"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/test/storetest"
)

// counted counts the calls of Write.
type counted struct {
	platform.KV
	writes int
}

func (c *counted) Write(ctx context.Context, writes ...platform.Write) []error {
	c.writes++
	return c.KV.Write(ctx, writes...)
}

// TestAcceptLearns has what an event teaches written in the one call that makes its
// deliveries, where that is atomic and has room, and only then.
func TestAcceptLearns(t *testing.T) {
	for _, test := range []struct {
		name    string
		atomic  bool
		targets int
		learnt  bool
		writes  int
	}{
		{"atomic", true, 2, true, 1},
		{"not atomic", false, 2, false, 1},
		{"many targets", true, 60, false, 2},
		{"no target", true, 0, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := storetest.New(t)
			kv := &counted{KV: b.KV}
			s := store.New(store.Options{
				KV: kv, Sealer: b.Sealer, Now: b.Clock.Now, Retention: storetest.Retention, Atomic: test.atomic,
			})
			learn := shipbell.Record{Key: "tag team/nginx v1", Value: []byte("{}")}
			for _, again := range []bool{false, true} {
				kv.writes = 0
				accepted, err := s.Accept(t.Context(), "default", storetest.Event("event"), storetest.Fires(1, test.targets), func([]shipbell.Delivery) {}, learn)
				if err != nil || accepted.Learned != (test.learnt && !again) {
					t.Fatalf("again %t: learnt is %t, %v", again, accepted.Learned, err)
				}
				if !again && kv.writes != test.writes {
					t.Errorf("%d writes, want %d", kv.writes, test.writes)
				}
				records, err := s.Catalog("default").Records(t.Context(), learn.Key)
				if err != nil || (records[0].Key != "") != test.learnt {
					t.Errorf("again %t: the catalog has %q, %v", again, records[0].Key, err)
				}
			}
		})
	}
}
