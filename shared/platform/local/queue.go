package local

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// QueueOptions are the settings of a queue; a zero field takes its default.
type QueueOptions struct {
	// Limit is how many messages may wait in all (100,000) and GroupLimit in one
	// group (20,000). What does not fit is refused: the store has it.
	Limit, GroupLimit int
	// Workers is how many messages are worked on at once in all (16,384) and
	// GroupWorkers of one group (64). Once half of all workers are busy, a group
	// gets no more than an eighth of that: many groups whose messages take long
	// leave workers for the others.
	Workers, GroupWorkers int
	// Logger hears of messages whose handler failed; slog.Default() if nil.
	Logger *slog.Logger
}

// maxDelay is the same as SQS has, so that the wait is worked the same way.
const maxDelay = 15 * time.Minute

// Queue is a platform.Queue in memory. It serves groups in turn and never more
// than its share of one group at once, so that no group delays another.
type Queue struct {
	o      QueueOptions
	handle func(context.Context, []byte) error
	ctx    context.Context

	mu      sync.Mutex
	groups  map[string]*group
	turn    []*group // groups with a message waiting and a worker to spare, in the order of their turns
	waiting int      // messages in groups and timers
	working int
	serving bool
	idle    *sync.Cond // signals a change of working
}

// group is the messages of one group; it is in turn at most once.
type group struct {
	name     string
	messages [][]byte
	waiting  int // messages and timers
	working  int
	inTurn   bool
}

// NewQueue makes a queue that holds messages until Serve is called.
func NewQueue(o QueueOptions) *Queue {
	for _, d := range []struct {
		field    *int
		standard int
	}{{&o.Limit, 100_000}, {&o.GroupLimit, 20_000}, {&o.Workers, 16_384}, {&o.GroupWorkers, 64}} {
		if *d.field == 0 {
			*d.field = d.standard
		}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	q := &Queue{o: o, groups: map[string]*group{}}
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
		g := q.group(m.Group)
		if q.waiting >= q.o.Limit || g.waiting >= q.o.GroupLimit {
			errs[i] = platform.ErrFull
			q.forget(g)
			continue
		}
		q.waiting++
		g.waiting++
		if m.Delay <= 0 {
			q.push(g, m.Body)
			continue
		}
		time.AfterFunc(min(m.Delay, maxDelay), func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.push(g, m.Body)
		})
	}
	return errs
}

func (q *Queue) group(name string) *group {
	g := q.groups[name]
	if g == nil {
		g = &group{name: name}
		q.groups[name] = g
	}
	return g
}

// forget drops a group with nothing waiting and nothing being worked on.
func (q *Queue) forget(g *group) {
	if g.waiting == 0 && g.working == 0 {
		delete(q.groups, g.name)
	}
}

func (q *Queue) push(g *group, body []byte) {
	g.messages = append(g.messages, body)
	q.queueUp(g)
	q.startWorker()
}

// queueUp gives the group a turn if it has something to do and may do it.
func (q *Queue) queueUp(g *group) {
	if !g.inTurn && len(g.messages) > 0 && g.working < q.share() {
		g.inTurn = true
		q.turn = append(q.turn, g)
	}
}

// share is how many messages of one group may be worked on at once.
func (q *Queue) share() int {
	if q.working > q.o.Workers/2 {
		return max(1, q.o.GroupWorkers/8)
	}
	return q.o.GroupWorkers
}

// startWorker adds a worker if there is something to do for one. Each worker
// starts the next, so that one call is enough for any number of messages.
func (q *Queue) startWorker() {
	if q.serving && len(q.turn) > 0 && q.working < q.o.Workers {
		q.working++
		go q.work()
	}
}

// work handles messages until there is none whose turn it is.
func (q *Queue) work() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.serving && len(q.turn) > 0 {
		g := q.turn[0]
		q.turn = q.turn[1:]
		body := g.messages[0]
		g.messages[0] = nil
		g.messages = g.messages[1:]
		g.inTurn = false
		g.working++
		g.waiting--
		q.waiting--
		q.queueUp(g)
		q.startWorker()

		q.mu.Unlock()
		if err := q.handle(q.ctx, body); err != nil {
			// The store still has what the message was about, and sweep finds it.
			q.o.Logger.LogAttrs(q.ctx, slog.LevelError, "message failed", slog.Any("error", err))
		}
		q.mu.Lock()

		g.working--
		q.queueUp(g)
		q.forget(g)
	}
	q.working--
	q.idle.Broadcast()
}

// Serve implements platform.Consumer. What still waits in the queue when ctx ends
// stays there, unhandled.
func (q *Queue) Serve(ctx context.Context, handle func(context.Context, []byte) error) {
	q.mu.Lock()
	q.handle, q.ctx, q.serving = handle, context.WithoutCancel(ctx), true
	q.startWorker()
	q.mu.Unlock()

	<-ctx.Done()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.serving = false
	for q.working > 0 {
		q.idle.Wait()
	}
}
