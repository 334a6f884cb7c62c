package sweep_test

import (
	"context"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// closer is a queue whose messages about bursts are handled as deliver does, if it takes
// them at all.
type closer struct {
	b     *bench
	loses bool
	waits []time.Duration
	made  []shipbell.Delivery
}

func (c *closer) MaxDelay() time.Duration { return 15 * time.Minute }

func (c *closer) Send(ctx context.Context, messages ...platform.Message) []error {
	for _, m := range messages {
		if !store.IsBurst(m.Body) {
			continue
		}
		if c.waits = append(c.waits, m.Delay); c.loses || m.Delay > 0 {
			continue
		}
		err := c.b.store.CloseBurst(ctx, m.Body, func(created []shipbell.Delivery) { c.made = append(c.made, created...) })
		if err != nil {
			c.b.t.Error(err)
		}
	}
	return make([]error, len(messages))
}

// join begins a burst whose message is lost.
func (b *bench) join(id string) {
	b.t.Helper()
	r := shipbell.Registry{ID: "default", Host: "reg.example.com", MergeWindow: 5}
	if _, _, err := b.store.PutRegistry(b.t.Context(), r); err != nil {
		b.t.Fatal(err)
	}
	t := shipbell.Trigger{
		Registry: "default", Name: "all-" + id, Enabled: true, Actions: []shipbell.Action{shipbell.PushImage}, Targets: []shipbell.Target{{URL: "http://one/"}},
	}
	t.Normalise()
	if _, err := b.store.CreateTrigger(b.t.Context(), t); err != nil {
		b.t.Fatal(err)
	}
	rules, err := b.store.Rules(b.t.Context(), "default")
	if err != nil {
		b.t.Fatal(err)
	}
	e := &shipbell.Event{ID: id, Action: shipbell.PushImage, Resources: []shipbell.Resource{{Tag: "v1", Digest: "sha256:aa"}}}
	joined, err := b.store.Join(b.t.Context(), rules, e, nil)
	if err != nil || joined.Burst != id {
		b.t.Fatalf("joined %+v, %v", joined, err)
	}
}

// TestBurstWithoutItsMessage has sweep see to the end of a burst whose message is lost, as
// are the first that sweep sends.
func TestBurstWithoutItsMessage(t *testing.T) {
	t.Parallel()
	for _, few := range []bool{false, true} {
		inBubble(t, func(t *testing.T, b *bench) {
			queue := &closer{b: b, loses: true}
			deps := b.deps
			deps.Queue, deps.FewWrites = queue, few
			b.join("one")
			time.Sleep(5 * time.Second)
			b.sweep(deps)
			if len(queue.waits) != 0 {
				t.Errorf("few writes %t: at its end, when its message may be under way: %v", few, queue.waits)
			}
			time.Sleep(shipbell.MaxSkew)
			b.sweep(deps)
			b.sweep(deps)
			if len(queue.waits) != 1 {
				t.Errorf("few writes %t: two sweeps later: %v", few, queue.waits)
			}
			queue.loses = false
			time.Sleep(store.Grace)
			b.sweep(deps)
			b.sweep(deps)
			if len(queue.waits) != 2 || len(queue.made) != 1 || queue.made[0].Event.ID != "one" {
				t.Errorf("few writes %t: a minute later: %v, made %+v", few, queue.waits, queue.made)
			}
		})
	}
}

// TestBurstAfterAStart begins with an empty queue: a burst that is open is closed when its
// window ends, one whose window has ended at once.
func TestBurstAfterAStart(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		queue := &closer{b: b}
		deps := b.deps
		deps.Queue, deps.Refill, deps.ProcessStart = queue, true, b.now()
		b.join("one")
		time.Sleep(2 * time.Second)
		if err := sweep.New(deps)(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(queue.waits) != 1 || queue.waits[0] != 3*time.Second || len(queue.made) != 0 {
			t.Errorf("while it is open: %v, made %+v", queue.waits, queue.made)
		}
		time.Sleep(10 * time.Second)
		if err := sweep.New(deps)(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(queue.made) != 1 {
			t.Errorf("after its end: %v, made %+v", queue.waits, queue.made)
		}
	})
}
