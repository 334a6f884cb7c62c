package deliver_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// fleet is several processes with queues of their own over one store, in virtual time,
// and targets that can be dead.
type fleet struct {
	t         *testing.T
	kv        *counting
	admin     *store.Store
	records   *circuit.Records
	schedule  shipbell.Schedule
	processes []*member
	events    int

	mu sync.Mutex
	// dead tells how a target answers that does not take deliveries. If answer is set, it
	// tells how any does.
	dead   map[string]shipbell.Outcome
	answer func(*shipbell.Target) shipbell.Outcome
	sent   []arrival
}

// member is one process.
type member struct {
	store *store.Store
	queue *local.Queue
}

// arrival is a request that a target got.
type arrival struct {
	at       time.Time
	registry string
	url      string
	id       shipbell.DeliveryID
	attempt  int
	outcome  shipbell.Outcome
}

// counting counts the writes of each delivery and the reads and writes of circuits.
type counting struct {
	platform.KV
	mu                          sync.Mutex
	writes                      map[string]int
	circuitReads, circuitWrites int
}

func (c *counting) Write(ctx context.Context, writes ...platform.Write) []error {
	errs := c.KV.Write(ctx, writes...)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, w := range writes {
		switch kind, _, _ := strings.Cut(w.Item.Partition, "/"); {
		case kind == "circuit":
			c.circuitWrites++
		case kind == "delivery" && errs[i] == nil:
			c.writes[w.Item.Sort]++
		}
	}
	return errs
}

func (c *counting) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	c.mu.Lock()
	for _, key := range keys {
		if strings.HasPrefix(key.Partition, "circuit/") {
			c.circuitReads++
		}
	}
	c.mu.Unlock()
	return c.KV.Get(ctx, keys...)
}

// timedOut is the outcome of a request to a target that never answers.
func timedOut() shipbell.Outcome {
	return shipbell.Outcome{Error: text.New(text.TimeoutTotal, 15*time.Second), Duration: 15 * time.Second}
}

// Send is the target's side of an attempt.
func (f *fleet) Send(_ context.Context, d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome {
	f.mu.Lock()
	outcome, isDead := f.dead[d.Registry+" "+target.URL]
	if !isDead {
		outcome = shipbell.Outcome{StatusCode: 200, Duration: 10 * time.Millisecond}
	}
	if f.answer != nil {
		outcome = f.answer(&target)
	}
	f.sent = append(f.sent, arrival{time.Now(), d.Registry, target.URL, d.ID, attempt, outcome})
	f.mu.Unlock()
	time.Sleep(outcome.Duration)
	return outcome
}

// kill makes a target of a registry answer with an outcome, and heal makes it take
// deliveries again.
func (f *fleet) kill(registry, url string, o shipbell.Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead[registry+" "+url] = o
}

func (f *fleet) heal(registry, url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.dead, registry+" "+url)
}

// requests are those to a target of a registry since a time.
func (f *fleet) requests(registry, url string, since time.Time) (list []arrival) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.sent {
		if r.registry == registry && r.url == url && !r.at.Before(since) {
			list = append(list, r)
		}
	}
	return list
}

// accept makes a delivery of a new event to each target of a registry, and wakes one
// process for it.
func (f *fleet) accept(registry string) []shipbell.Delivery {
	f.t.Helper()
	f.events++
	m := f.processes[f.events%len(f.processes)]
	e := shipbell.Event{
		ID: fmt.Sprint(f.events), Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/app"},
		Resources: []shipbell.Resource{{Tag: "v1"}},
	}
	rules, err := m.store.Rules(f.t.Context(), registry)
	if err != nil {
		f.t.Fatal(err)
	}
	_, all, err := storetest.Accept(f.t.Context(), m.store, registry, &e, rules.Set.Matches)
	if err != nil {
		f.t.Fatal(err)
	}
	for i := range all {
		message := store.Message(&all[i], 0)
		if err := m.queue.Send(f.t.Context(), message)[0]; err != nil {
			f.t.Fatal(err)
		}
	}
	return all
}

func (f *fleet) stored(d shipbell.Delivery) shipbell.Delivery {
	f.t.Helper()
	d, err := f.admin.Delivery(f.t.Context(), d.Registry, d.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

func keyOf(d shipbell.Delivery) circuit.Key {
	return circuit.Key{Registry: d.Registry, Trigger: d.TriggerID, Target: d.TargetID}
}

// circuit reads the circuit of a delivery's target.
func (f *fleet) circuit(d shipbell.Delivery) circuit.Circuit {
	f.t.Helper()
	c, err := f.records.Get(f.t.Context(), keyOf(d))
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// inFleet runs a test over processes that work in virtual time. Each registry has one
// trigger with the target http://target/.
func inFleet(t *testing.T, processes int, registries []string, run func(*testing.T, *fleet)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		kv, err := local.Open(dir, local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer kv.Close()
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		defer all.Wait()
		defer cancel()
		f := &fleet{
			t: t, kv: &counting{KV: kv, writes: map[string]int{}}, dead: map[string]shipbell.Outcome{},
			schedule: shipbell.Schedule{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour},
		}
		options := store.Options{KV: f.kv, Sealer: plainSealer{}, Now: time.Now, Retention: 720 * time.Hour, MaxDelay: newQueue().MaxDelay()}
		f.admin = store.New(options)
		f.records = circuit.NewRecords(f.admin.Items())
		for _, registry := range registries {
			f.addTrigger(registry)
		}
		for range processes {
			m := &member{store: store.New(options), queue: newQueue()}
			f.processes = append(f.processes, m)
			logger := slog.New(slog.DiscardHandler)
			handle := deliver.New(deliver.Deps{
				Store: m.store, Queue: m.queue, Sender: f, Circuits: circuit.NewRecords(m.store.Items()), Schedule: f.schedule, Lease: lease,
				TargetSlots: 8, Now: time.Now, Random: func() float64 { return 0.5 }, Logger: logger, Stopping: ctx.Done(),
			}).Message
			all.Go(func() { m.queue.Serve(ctx, platform.Work{Handle: handle}) })
			again := sweep.New(sweep.Deps{Store: m.store, Queue: m.queue, Now: time.Now, Logger: logger})
			all.Go(func() {
				for ctx.Err() == nil {
					time.Sleep(time.Second)
					_ = again(ctx)
				}
			})
		}
		run(t, f)
	})
}

const targetURL = "http://target/"

func (f *fleet) addTrigger(registry string) {
	f.t.Helper()
	if _, _, err := f.admin.PutRegistry(f.t.Context(), shipbell.Registry{ID: registry, Host: "reg.example.com"}); err != nil {
		f.t.Fatal(err)
	}
	made := shipbell.Trigger{
		Registry: registry, Name: "app", Enabled: true, Actions: []shipbell.Action{shipbell.PushImage}, Targets: []shipbell.Target{{URL: targetURL}},
	}
	made.Normalise()
	if _, err := f.admin.CreateTrigger(f.t.Context(), made); err != nil {
		f.t.Fatal(err)
	}
}
