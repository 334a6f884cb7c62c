package deliver_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/test/fault"
	"github.com/shipbell/shipbell/test/storetest"
)

// bench is the function with a trigger of two targets in the registry default, in
// a bubble of virtual time.
type bench struct {
	t       *testing.T
	kv      *local.Store
	faults  *fault.Faults
	store   *store.Store
	queue   *outbox
	sender  senderFunc
	deps    deliver.Deps
	trigger shipbell.Trigger
	sent    []string
	events  int
}

// outbox keeps messages instead of handing them on.
type outbox struct {
	messages []platform.Message
	full     bool
	noDelay  bool
}

func (o *outbox) Send(_ context.Context, messages ...platform.Message) []error {
	errs := make([]error, len(messages))
	for i, m := range messages {
		if o.full {
			errs[i] = platform.ErrFull
			continue
		}
		o.messages = append(o.messages, m)
	}
	return errs
}

func (o *outbox) MaxDelay() time.Duration {
	if o.noDelay {
		return 0
	}
	return 15 * time.Minute
}

// inBubble runs a test over an empty store in virtual time.
func inBubble(t *testing.T, run func(*testing.T, *bench)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		kv, err := local.Open(dir, local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer kv.Close()
		b := &bench{t: t, kv: kv, faults: fault.New(rand.New(rand.NewPCG(1, 1)), 0, 0), queue: &outbox{}}
		b.store = store.New(store.Options{
			KV: fault.KV{KV: kv, Faults: b.faults}, Sealer: plainSealer{}, Now: time.Now, Retention: 20 * time.Minute, MaxDelay: b.queue.MaxDelay(),
		})
		b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
			return shipbell.Outcome{StatusCode: 200, Duration: time.Second}
		}
		b.deps = deliver.Deps{
			Store: b.store, Queue: b.queue, Sender: b, Circuits: circuit.NewRecords(b.store.Items()), Schedule: schedule(), Lease: lease, TargetSlots: 2,
			Now: time.Now, Random: func() float64 { return 0.5 }, Logger: slog.New(slog.DiscardHandler),
		}
		if _, _, err := b.store.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
			t.Fatal(err)
		}
		b.trigger = shipbell.Trigger{
			Registry: "default", Name: "app", Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
			Targets: []shipbell.Target{{URL: "http://one/"}, {URL: "http://two/"}},
		}
		b.trigger.Normalise()
		if b.trigger, err = b.store.CreateTrigger(t.Context(), b.trigger); err != nil {
			t.Fatal(err)
		}
		run(t, b)
	})
}

// Send notes what is sent.
func (b *bench) Send(_ context.Context, d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome {
	b.sent = append(b.sent, fmt.Sprintf("%s %d", target.URL, attempt))
	return b.sender(d, target, attempt)
}

// accept makes the deliveries of a new event.
func (b *bench) accept() []shipbell.Delivery {
	b.t.Helper()
	b.events++
	e := shipbell.Event{
		ID: fmt.Sprint(b.events), Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/app"},
		Resources: []shipbell.Resource{{Tag: "v1"}},
	}
	rules, err := b.store.Rules(b.t.Context(), "default")
	if err != nil {
		b.t.Fatal(err)
	}
	_, all, err := storetest.Accept(b.t.Context(), b.store, "default", &e, rules.Set.Matches)
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// message is a wake-up call for a delivery.
func (b *bench) message(d *shipbell.Delivery) []byte {
	b.t.Helper()
	m := store.Message(d, 0)
	return m.Body
}

// stored reads a delivery back.
func (b *bench) stored(d shipbell.Delivery) shipbell.Delivery {
	b.t.Helper()
	d, err := b.store.Delivery(b.t.Context(), "default", d.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (b *bench) save(d shipbell.Delivery) shipbell.Delivery {
	b.t.Helper()
	if saved, err := b.store.Save(b.t.Context(), &d); err != nil || !saved {
		b.t.Fatalf("save: %t, %v", saved, err)
	}
	return d
}
