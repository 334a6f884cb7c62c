package deliver_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestBurst ends a merge window by its message: the deliveries are made, and attempted by
// the messages about them.
func TestBurst(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		if _, _, err := b.store.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com", MergeWindow: 5}); err != nil {
			t.Fatal(err)
		}
		rules, err := b.store.Rules(t.Context(), "default")
		if err != nil {
			t.Fatal(err)
		}
		var wake []byte
		for _, tag := range []string{"v1", "latest"} {
			e := &shipbell.Event{ID: tag, Action: shipbell.PushImage, Resources: []shipbell.Resource{{Tag: tag, Digest: "sha256:aa"}}}
			joined, err := b.store.Join(t.Context(), rules, e, nil)
			if err != nil || joined.Burst != "v1" {
				t.Fatalf("joined %+v, %v", joined, err)
			}
			if joined.Wake != nil {
				wake = joined.Wake.Body
			}
		}
		time.Sleep(5 * time.Second)
		handle := deliver.New(b.deps).Message
		for range 2 { // a message may come twice
			if err := handle(t.Context(), wake); err != nil {
				t.Error(err)
			}
		}
		if len(b.queue.messages) != 2 {
			t.Fatalf("messages %v", b.queue.messages)
		}
		for _, m := range b.queue.messages {
			if m.Delay != 0 {
				t.Errorf("held back for %v", m.Delay)
			}
			if err := handle(t.Context(), m.Body); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff([]string{"http://one/ 1", "http://two/ 1"}, b.sent); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}
