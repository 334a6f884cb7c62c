package deliver_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/store/pace"
	"github.com/shipbell/shipbell/test/storetest"
)

// What AWS does, as far as it matters to who waits for whom.
const (
	batchSize = 10
	// visibility is when a message comes again that a batch reported as failed.
	visibility = 180 * time.Second
	// roundTrip is how long a call of the store or the queue takes, and invokeTime how long
	// after it was sent a message reaches a function.
	roundTrip  = 6 * time.Millisecond
	invokeTime = 10 * time.Millisecond
)

// fairQueue is a queue of SQS that is perfectly fair: the next message is of the group
// with the fewest under way, and among these of the one that was served longest ago.
type fairQueue struct {
	mu     sync.Mutex
	some   sync.Cond
	groups map[string]*fairGroup
	turns  int
	closed bool
}

type fairGroup struct {
	waiting  []platform.Message
	underWay int
	turn     int // when it was served last
}

func newFairQueue() *fairQueue {
	q := &fairQueue{groups: map[string]*fairGroup{}}
	q.some.L = &q.mu
	return q
}

// MaxDelay implements platform.Queue.
func (q *fairQueue) MaxDelay() time.Duration { return 15 * time.Minute }

// Send implements platform.Queue. Delays are whole seconds, as those of SQS.
func (q *fairQueue) Send(_ context.Context, messages ...platform.Message) []error {
	time.Sleep(roundTrip)
	for _, m := range messages {
		q.after((m.Delay+time.Second-1).Truncate(time.Second)+invokeTime, m)
	}
	return make([]error, len(messages))
}

// after makes a message visible after a time.
func (q *fairQueue) after(d time.Duration, m platform.Message) {
	time.AfterFunc(d, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		g := q.groups[m.Group]
		if g == nil {
			g = &fairGroup{}
			q.groups[m.Group] = g
		}
		g.waiting = append(g.waiting, m)
		q.some.Signal()
	})
}

// next picks the group whose turn it is, nil if no message waits.
func (q *fairQueue) next() (best *fairGroup) {
	for _, g := range q.groups {
		if len(g.waiting) == 0 {
			continue
		}
		if best == nil || g.underWay < best.underWay || g.underWay == best.underWay && g.turn < best.turn {
			best = g
		}
	}
	return best
}

// receive waits for messages and takes those of one batch; none when the queue is closed.
func (q *fairQueue) receive() (batch []platform.Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(batch) < batchSize {
		g := q.next()
		switch {
		case q.closed:
			return nil
		case g != nil:
			q.turns++
			g.turn = q.turns
			g.underWay++
			batch, g.waiting = append(batch, g.waiting[0]), g.waiting[1:]
		case len(batch) > 0:
			return batch
		default:
			q.some.Wait()
		}
	}
	return batch
}

// done ends a batch. The messages with errors come again.
func (q *fairQueue) done(batch []platform.Message, errs []error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, m := range batch {
		q.groups[m.Group].underWay--
		if errs[i] != nil {
			q.after(visibility, m)
		}
	}
}

func (q *fairQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.some.Broadcast()
}

// cloud is the function on Lambda in virtual time. Each batch gets a process to itself,
// and lasts as long as the slowest of its messages.
type cloud struct {
	t      *testing.T
	admin  *store.Store
	queue  *fairQueue
	make   func() platform.Handlers
	events int

	mu   sync.Mutex
	idle []platform.Handlers
	// answers tells how the targets of a namespace answer, if not in 200 ms.
	answers map[string]shipbell.Outcome
	sent    map[shipbell.DeliveryID]sent
	// took is how long deliveries took, from their messages to the answers, by their
	// namespaces without numbers.
	took map[string][]time.Duration
}

// sent is a delivery that was accepted.
type sent struct {
	namespace string
	at        time.Time
}

// process takes one that is idle, the last used first, or starts one.
func (c *cloud) process() platform.Handlers {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last := len(c.idle) - 1; last >= 0 {
		p := c.idle[last]
		c.idle = c.idle[:last]
		return p
	}
	return c.make()
}

// invoke has a process work on the messages of a batch all at once.
func (c *cloud) invoke(ctx context.Context, batch []platform.Message) []error {
	p := c.process()
	ctx, cancel := context.WithTimeout(ctx, p.Limit)
	defer cancel()
	errs := make([]error, len(batch))
	var all sync.WaitGroup
	for i := range batch {
		all.Go(func() { errs[i] = p.Message(ctx, batch[i].Body) })
	}
	all.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, p)
	return errs
}

// Send is the target's side of an attempt.
func (c *cloud) Send(_ context.Context, d *shipbell.Delivery, _ shipbell.Target, _ int) shipbell.Outcome {
	c.mu.Lock()
	made := c.sent[d.ID]
	outcome, ok := c.answers[made.namespace]
	c.mu.Unlock()
	if !ok {
		outcome = shipbell.Outcome{StatusCode: 200, Duration: 200 * time.Millisecond}
	}
	time.Sleep(outcome.Duration)
	if outcome.StatusCode == 200 {
		c.mu.Lock()
		defer c.mu.Unlock()
		kind := strings.TrimRight(made.namespace, "0123456789")
		c.took[kind] = append(c.took[kind], time.Since(made.at))
	}
	return outcome
}

// addTriggers makes n triggers for a namespace, each with a target of its own.
func (c *cloud) addTriggers(namespace string, n int) {
	c.t.Helper()
	for i := range n {
		made := shipbell.Trigger{
			Registry: "default", Name: fmt.Sprint(namespace, i), Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
			Rule: shipbell.Rule{Namespace: namespace}, Targets: []shipbell.Target{{URL: fmt.Sprintf("http://%s/%d", namespace, i)}},
		}
		made.Normalise()
		if _, err := c.admin.CreateTrigger(c.t.Context(), made); err != nil {
			c.t.Fatal(err)
		}
	}
}

// push accepts an event of a namespace and sends the messages about its deliveries.
func (c *cloud) push(namespace string) {
	c.t.Helper()
	c.events++
	e := shipbell.Event{
		ID: fmt.Sprint(c.events), Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: namespace + "/app"},
		Resources: []shipbell.Resource{{Tag: "v1"}},
	}
	rules, err := c.admin.Rules(c.t.Context(), "default")
	if err != nil {
		c.t.Fatal(err)
	}
	_, all, err := storetest.Accept(c.t.Context(), c.admin, "default", &e, rules.Set.Matches)
	if err != nil {
		c.t.Fatal(err)
	}
	for i := range all {
		m := store.Message(&all[i], 0)
		c.mu.Lock()
		c.sent[all[i].ID] = sent{namespace, time.Now()}
		c.mu.Unlock()
		c.queue.after(invokeTime, m)
	}
}

// inCloud runs a test over the function with a mapping of 20 invocations at once for its
// queue, and one of 10 for its slow queue.
func inCloud(t *testing.T, run func(*testing.T, *cloud)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		kv, err := local.Open(dir, local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer kv.Close()
		var all sync.WaitGroup
		defer all.Wait()
		queue, slow := newFairQueue(), newFairQueue()
		defer queue.close()
		defer slow.close()
		options := store.Options{KV: kv, Sealer: plainSealer{}, Now: time.Now, Retention: 720 * time.Hour, MaxDelay: queue.MaxDelay()}
		c := &cloud{
			t: t, admin: store.New(options), queue: queue,
			answers: map[string]shipbell.Outcome{}, sent: map[shipbell.DeliveryID]sent{}, took: map[string][]time.Duration{},
		}
		options.KV = storetest.Hooked{KV: kv, Before: func(string, ...string) { time.Sleep(roundTrip) }}
		c.make = func() platform.Handlers {
			kept := store.New(options)
			return deliver.New(deliver.Deps{
				Store: kept, Queue: queue, Slow: slow, Sender: c, Circuits: circuit.NewRecords(kept.Items()), Paces: pace.NewRecords(kept.Items()), Schedule: schedule(), Lease: lease,
				TargetSlots: 256, Now: time.Now, Random: rand.Float64, Logger: slog.New(slog.DiscardHandler),
			})
		}
		if _, _, err := c.admin.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
			t.Fatal(err)
		}
		serve := func(q *fairQueue, atOnce int) {
			for range atOnce {
				all.Go(func() {
					for batch := q.receive(); batch != nil; batch = q.receive() {
						q.done(batch, c.invoke(t.Context(), batch))
					}
				})
			}
		}
		serve(queue, 20)
		serve(slow, 10)
		run(t, c)
	})
}
