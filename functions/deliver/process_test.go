package deliver_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/backlog"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/test/fault"
)

// plainSealer keeps secrets in clear: sealing is not what is tested.
type plainSealer struct{}

func (plainSealer) Seal(_, text string) (string, error) { return text, nil }

func (plainSealer) Open(_, text string) (string, error) { return text, nil }

// anyone has every access key.
type anyone struct{}

func (anyone) AccessKey(_ context.Context, id string) (shipbell.AccessKey, error) {
	return shipbell.AccessKey{ID: id, Role: shipbell.RoleIngest, Secret: shipbell.NewSecret("secret")}, nil
}

func schedule() shipbell.Schedule {
	return shipbell.Schedule{5 * time.Second, 30 * time.Second, 2 * time.Minute}
}

func newQueue() *local.Queue {
	return local.NewQueue(local.QueueOptions{Logger: slog.New(slog.DiscardHandler)})
}

// process is one life of Shipbell.
type process struct {
	*fault.Faults
	name    int
	handler http.Handler
	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu     sync.Mutex
	offset time.Duration
	offAt  time.Time // when its clock was last set right
}

func (p *process) alive() bool {
	select {
	case <-p.Stopped():
		return false
	default:
		return true
	}
}

// stop ends the process at once: what it was doing has no effect any more.
func (p *process) stop() {
	p.Stop()
	p.cancel()
	p.workers.Wait()
	p.step(0) // its clock is off no more
}

// sleep waits, but not longer than the process lives.
func (p *process) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-p.Stopped():
	}
}

// now is the time by the clock of the process. That can be set, so it has no monotonic
// time.
func (p *process) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Round(0).Add(p.offset)
}

// step sets the clock of the process.
func (p *process) step(offset time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.offset.Abs() > shipbell.MaxSkew {
		p.offAt = time.Now()
	}
	p.offset = offset
}

// offSince reports whether the clock was further off than it may be at any time since t.
func (p *process) offSince(t time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.offset.Abs() > shipbell.MaxSkew || p.offAt.After(t)
}

type senderFunc func(d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome

func (f senderFunc) Send(_ context.Context, d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome {
	return f(d, target, attempt)
}

// life is how a process is to live.
type life struct {
	// memory is its queue, and other the one that some of its messages come to too.
	memory, other *local.Queue
	// alone tells that it is the only one. It then knows that all others are dead and
	// fills its queue from the store, as the local command does.
	alone bool
	// often is how often its calls fail, and stopAt the call in which it dies, or 0.
	often  float64
	stopAt int
	// well tells that its clock is right and no call hangs.
	well bool
}

// newQueue is the queue of a process. A small one is full after some messages.
func (w *world) newQueue() *local.Queue {
	if !w.small {
		return newQueue()
	}
	return local.NewQueue(local.QueueOptions{Bytes: 12 * 300, GroupBytes: 4 * 300, Workers: 16, Logger: slog.New(slog.DiscardHandler)})
}

// paced is the queue of a process that takes a moment for each call, so that no two
// goroutines find it full, or not, at the same time. It holds each message back for a moment
// longer than the others, for those that are to come at the same time, as when a target is
// no longer held, would come in any order.
type paced struct {
	*local.Queue
	process *process
	world   *world
}

func (q paced) Send(ctx context.Context, messages ...platform.Message) []error {
	if err := q.process.Pause(ctx, "queue "+string(messages[0].Body)); err != nil || !q.process.alive() {
		errs := make([]error, len(messages))
		for i := range errs {
			errs[i] = cmp.Or(err, fault.ErrStopped)
		}
		return errs
	}
	messages = slices.Clone(messages)
	for i := range messages {
		if m := &messages[i]; m.Delay > 0 {
			m.Delay += time.Duration(q.world.draw(string(m.Body)).Int64N(int64(time.Millisecond)))
		}
	}
	return q.Queue.Send(ctx, messages...)
}

// unhurried is the context of a message. It takes a moment to tell its deadline: those who
// waited for the same lock, as for what is known of a target, would go on at the same time,
// and come to the next lock in any order.
type unhurried struct {
	context.Context
	process *process
}

// Deadline implements context.Context.
func (c unhurried) Deadline() (time.Time, bool) {
	_ = c.process.Pause(c.Context, "deadline") // who asks sees for themselves that the context has ended
	return c.Context.Deadline()
}

// start begins a process.
func (w *world) start(l life) *process {
	p := &process{Faults: fault.New(w.random, l.often, l.stopAt), name: len(w.processes) + 1}
	w.mu.Lock()
	w.processes = append(w.processes, p)
	w.mu.Unlock()
	ctx, cancel := context.WithCancel(w.t.Context())
	p.cancel = cancel
	random := w.draw(fmt.Sprint("process ", p.name))
	if hangs := w.hangs; !l.well {
		p.Slow(random.Uint64(), hangs)
		p.step(skew(random))
	} else {
		p.Slow(random.Uint64(), 0)
	}
	logger := slog.New(slog.DiscardHandler)
	kept := store.New(store.Options{
		KV: fault.KV{KV: w.kv, Faults: p.Faults}, Sealer: w.sealer, Now: p.now, Retention: 720 * time.Hour, Schedule: schedule(),
		MaxDelay: l.memory.MaxDelay(), Metered: w.metered, KeepNew: 1 << 11 * w.random.IntN(2), Random: locked(random.Uint64()),
	})
	waiting := backlog.New(backlog.Deps{Queue: paced{l.memory, p, w}, Store: kept, Now: p.now, Logger: logger})
	queue := fault.Queue{Queue: waiting, Other: l.other, Faults: p.Faults}
	sweeper := sweep.Deps{Store: kept, Queue: fault.Queue{Queue: waiting.Unordered(), Other: l.other, Faults: p.Faults}, FewWrites: w.metered, Now: p.now, Logger: logger}
	made := deliver.Deps{
		Store: kept, Queue: queue, Sender: w.target(p), Circuits: circuit.NewRecords(kept.Items()), Schedule: schedule(), Lease: lease, MaxTimeout: time.Minute, TargetSlots: 1 + w.random.IntN(2),
		Now: p.now, Random: func() float64 { return 0.5 }, Logger: logger, Stopping: ctx.Done(),
	}
	if l.alone {
		made.ProcessStart = p.now()
		sweeper.ProcessStart = made.ProcessStart
	}
	p.handler = receive.New(receive.Deps{
		Router: &api.Router{Keys: anyone{}, Logger: logger, Now: p.now}, Store: kept, Queue: queue, Now: p.now, Logger: logger,
	})
	w.run(ctx, p, l, waiting, deliver.New(made), sweeper)
	if w.steps && !l.well {
		p.workers.Go(func() { w.keepTime(p, random) })
	}
	return p
}

// run begins what works in a process.
func (w *world) run(ctx context.Context, p *process, l life, waiting *backlog.Queue, deliveries platform.Handlers, sweeper sweep.Deps) {
	refill := sweeper
	refill.Refill = true
	if l.alone {
		if err := sweep.New(refill)(ctx); err != nil {
			p.Stop() // a process that cannot begin ends
			if l.well {
				w.t.Errorf("the last process does not begin: %v", err)
			}
		}
	}
	handle := func(ctx context.Context, body []byte) error {
		// The time tells apart those who work on the same message.
		ctx = fault.Caller(ctx, fmt.Sprint(string(body), time.Now().UnixNano()))
		if err := p.Pause(ctx, "message"); err != nil {
			return err
		}
		return deliveries.Message(unhurried{ctx, p}, body)
	}
	gaveWay := func(m platform.Message) {
		p.workers.Go(func() {
			if p.Pause(ctx, "gave way "+string(m.Body)) == nil {
				waiting.Add(m)
			}
		})
	}
	p.workers.Go(func() {
		l.memory.Serve(ctx, platform.Work{Handle: handle, Admit: deliveries.Admit, GaveWay: gaveWay})
	})
	p.workers.Go(func() { waiting.Serve(ctx) })
	again := sweep.New(sweeper)
	p.workers.Go(func() {
		for p.alive() {
			p.sleep(7 * time.Second)
			// The next sweep makes up for one that fails.
			if err := again(ctx); err != nil && l.well && p.alive() {
				w.t.Errorf("sweep of a process that is well: %v", err)
			}
		}
	})
}

// locked draws from a source in many goroutines.
func locked(seed uint64) func() uint64 {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0))
	return func() uint64 {
		mu.Lock()
		defer mu.Unlock()
		return random.Uint64()
	}
}
