package local

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// QueueOptions are the settings of a queue; a zero field takes its default.
type QueueOptions struct {
	// Bytes is how much the messages that wait may take (32 MiB), and GroupBytes those
	// of one group (8 MiB): their own bytes, and 200 for each. What does not fit is
	// refused: the store has it.
	Bytes, GroupBytes int
	// Workers is how many messages are worked on at once in all (16,384) and
	// GroupWorkers of one group (64) if Serve gets no Admit. Once half of all
	// workers are busy, a group gets one. The last quarter is for groups that have none,
	// and an owner gets no more than a sixteenth of all while it is used.
	Workers, GroupWorkers int
	// Logger hears of messages whose handler failed; slog.Default() if nil.
	Logger *slog.Logger
}

// maxDelay is the same as SQS has, so that the wait is worked the same way.
const maxDelay = 15 * time.Minute

// Queue is a platform.Queue and platform.Consumer in memory. It serves owners in turn,
// and the groups of each, and never more than its share of one group at once, so that
// none delays another. A message that already waits is not taken twice.
type Queue struct {
	o   QueueOptions
	w   platform.Work
	ctx context.Context

	mu      sync.Mutex
	owners  map[string]*owner
	turn    []*owner // those with a group in turn, in the order of their turns
	held    []*group // with a message waiting, but too many workers are busy
	bytes   int      // of all messages that wait
	workers int      // that run
	working int      // messages that are worked on
	serving bool
	idle    *sync.Cond // signals that a worker has ended
}

// NewQueue makes a queue that holds messages until Serve is called.
func NewQueue(o QueueOptions) *Queue {
	o.Bytes, o.GroupBytes = cmp.Or(o.Bytes, 32<<20), cmp.Or(o.GroupBytes, 8<<20)
	o.Workers, o.GroupWorkers = cmp.Or(o.Workers, 16_384), cmp.Or(o.GroupWorkers, 64)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	q := &Queue{o: o, owners: map[string]*owner{}}
	q.idle = sync.NewCond(&q.mu)
	return q
}

// MaxDelay implements platform.Queue.
func (q *Queue) MaxDelay() time.Duration { return maxDelay }

// Send implements platform.Queue.
func (q *Queue) Send(_ context.Context, messages ...platform.Message) []error {
	errs := make([]error, len(messages))
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, m := range messages {
		g := q.group(m)
		if m.Delay <= 0 && g.known[string(m.Body)] {
			continue
		}
		if !q.fit(g, cost(m.Body)) {
			errs[i] = platform.ErrFull
			q.forget(g)
			continue
		}
		if m.Delay > 0 {
			q.delay(g, m)
			continue
		}
		q.push(g, m.Body)
		q.startWorker()
	}
	return errs
}

// Waiting implements platform.Gauged.
func (q *Queue) Waiting(context.Context) (count int, oldest time.Duration, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, o := range q.owners {
		for _, g := range o.groups {
			if count += len(g.messages); len(g.messages) > 0 {
				oldest = max(oldest, time.Since(g.messages[0].since))
			}
		}
	}
	return count, oldest, nil
}

// queueUp gives the group a turn if it has something to do and may do it.
func (q *Queue) queueUp(g *group) {
	if g.inTurn || g.held || len(g.messages) == 0 || !q.mayOrHold(g) {
		return
	}
	g.inTurn = true
	if g.owner.turn = append(g.owner.turn, g); len(g.owner.turn) == 1 {
		q.turn = append(q.turn, g.owner)
	}
}

// mayOrHold is may. It holds a group that may not and has no work whose end would give it
// a turn.
func (q *Queue) mayOrHold(g *group) bool {
	if q.may(g) {
		return true
	}
	if g.working == 0 {
		g.held = true
		q.held = append(q.held, g)
	}
	return false
}

// retryHeld has two of the groups that are held try again, for each worker that is done.
func (q *Queue) retryHeld() {
	for range min(2, len(q.held)) {
		g := q.held[0]
		q.held, g.held = q.held[1:], false
		q.queueUp(g)
	}
}

// may reports whether one more message of a group may be worked on.
func (q *Queue) may(g *group) bool {
	switch {
	case q.working > q.o.Workers*3/4:
		return g.working == 0 && g.owner.working < max(1, q.o.Workers/16)
	case q.working > q.o.Workers/2:
		return g.working == 0
	case q.w.Admit != nil:
		return q.w.Admit(g.name, g.working)
	}
	return g.working < q.o.GroupWorkers
}

// next takes the next message in turn, or nil. Its owner goes to the end of the turns.
func (q *Queue) next() (g *group, body []byte) {
	for len(q.turn) > 0 {
		o := q.turn[0]
		q.turn = q.turn[1:]
		g = o.turn[0]
		if o.turn = o.turn[1:]; len(o.turn) > 0 {
			q.turn = append(q.turn, o)
		}
		g.inTurn = false
		if q.mayOrHold(g) { // others may have begun since it got the turn
			return g, q.pop(g)
		}
	}
	return nil, nil
}

// startWorker adds a worker if there is something to do for one. Each worker
// starts the next, so that one call is enough for any number of messages.
func (q *Queue) startWorker() {
	if q.serving && len(q.turn) > 0 && q.workers < q.o.Workers {
		q.workers++
		go q.work()
	}
}

// work handles messages until there is none whose turn it is.
func (q *Queue) work() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.serving {
		g, body := q.next()
		if g == nil {
			break
		}
		q.working++
		g.working++
		g.owner.working++
		q.queueUp(g)
		q.startWorker()

		q.mu.Unlock()
		if err := q.w.Handle(q.ctx, body); err != nil {
			// The store still has what the message was about, and sweep finds it.
			q.o.Logger.LogAttrs(q.ctx, slog.LevelError, "message failed", slog.Any("error", err))
		}
		q.mu.Lock()

		q.working--
		g.working--
		g.owner.working--
		q.queueUp(g)
		q.forget(g)
		q.retryHeld()
	}
	q.workers--
	q.idle.Broadcast()
}

// Serve implements platform.Consumer. What still waits in the queue when ctx ends
// stays there, unhandled.
func (q *Queue) Serve(ctx context.Context, w platform.Work) {
	q.mu.Lock()
	q.w, q.ctx, q.serving = w, context.WithoutCancel(ctx), true
	q.startWorker()
	q.mu.Unlock()

	<-ctx.Done()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.serving = false
	for q.workers > 0 {
		q.idle.Wait()
	}
}
