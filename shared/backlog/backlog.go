// Package backlog has a queue that is full wait for nothing but space. It is a queue over
// another: what the other refuses, or takes and later gives up for the message of another
// group, it remembers, and sends it as soon as the group has space, the oldest first.
//
// It remembers at most a few messages of a group. Of more it remembers a range of
// delivery ids, and reads from the store what waits there. While a group has such a range,
// its new deliveries join the range, so that they do not overtake older ones.
//
// What it remembers ends with the process: sweep then finds the deliveries.
package backlog

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/store"
)

// Deps are what a Queue is made of.
type Deps struct {
	// Queue is the queue that may be full.
	Queue  platform.Queue
	Store  *store.Store
	Now    func() time.Time
	Logger *slog.Logger
}

// Queue is a platform.Queue that takes every message: it keeps account of what the queue
// below it refuses.
type Queue struct {
	Deps

	mu     sync.Mutex
	lanes  map[laneKey]*lane
	turns  []*lane // all lanes, in the order in which they are refilled
	wakeUp chan struct{}
}

// New makes a Queue. Serve must run for it to send what was refused.
func New(d Deps) *Queue {
	return &Queue{Deps: d, lanes: map[laneKey]*lane{}, wakeUp: make(chan struct{}, 1)}
}

// MaxDelay implements platform.Queue.
func (q *Queue) MaxDelay() time.Duration { return q.Queue.MaxDelay() }

// Waiting implements platform.Gauged: it is about the queue below.
func (q *Queue) Waiting(ctx context.Context) (count int, oldest time.Duration, err error) {
	if below, ok := q.Queue.(platform.Gauged); ok {
		return below.Waiting(ctx)
	}
	return 0, 0, errors.ErrUnsupported
}

// Send implements platform.Queue. It never gives platform.ErrFull.
func (q *Queue) Send(ctx context.Context, messages ...platform.Message) []error {
	errs := make([]error, len(messages))
	var sent []platform.Message
	var at []int // their places in messages
	for i, m := range messages {
		if m.Delay > 0 || !q.join(m) {
			sent, at = append(sent, m), append(at, i)
		}
	}
	for i, err := range q.send(ctx, sent...) {
		errs[at[i]] = err
	}
	return errs
}

// Unordered is the queue for sweep, whose messages are about deliveries that may be in the
// queue: they join no range without being refused.
func (q *Queue) Unordered() platform.Queue { return unordered{q} }

type unordered struct{ *Queue }

// Send implements platform.Queue.
func (q unordered) Send(ctx context.Context, messages ...platform.Message) []error {
	return q.send(ctx, messages...)
}

// send asks the queue below, and remembers what it refuses.
func (q *Queue) send(ctx context.Context, messages ...platform.Message) []error {
	if len(messages) == 0 {
		return nil
	}
	errs := q.Queue.Send(ctx, messages...)
	var refused []platform.Message
	for i, err := range errs {
		if err == platform.ErrFull {
			refused, errs[i] = append(refused, messages[i]), nil
		}
	}
	q.remember(refused...)
	return errs
}

// Add remembers a message that the queue has given up.
func (q *Queue) Add(m platform.Message) { q.remember(m) }

// remember adds messages to their lanes, all before Serve looks at one.
func (q *Queue) remember(messages ...platform.Message) {
	if len(messages) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range messages {
		if key, id, ok := parse(m); ok {
			q.lane(key).add(m, id, q.Now())
		}
	}
	q.signal()
}

// lane is the lane of a key, a new one if there is none.
func (q *Queue) lane(key laneKey) *lane {
	l := q.lanes[key]
	if l == nil {
		l = &lane{key: key}
		q.lanes[key] = l
		q.turns = append(q.turns, l)
	}
	return l
}

// join reports whether a message joined the range of its lane.
func (q *Queue) join(m platform.Message) bool {
	key, id, ok := parse(m)
	if !ok {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lanes[key]
	return l != nil && l.join(id)
}

// signal wakes Serve up.
func (q *Queue) signal() {
	select {
	case q.wakeUp <- struct{}{}:
	default:
	}
}
