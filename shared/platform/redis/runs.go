package redis

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

var (
	//go:embed enter.lua
	enterText string
	//go:embed leave.lua
	leaveText string
)

// RunsOptions are the settings of Runs; a zero field takes its default.
type RunsOptions struct {
	// QueueOptions bound the messages. Workers (100) and GroupWorkers (64) are those of
	// one run.
	QueueOptions
	// Most is how many runs may take messages at once (20).
	Most int
	// Invoke has the function run, later and elsewhere: it then calls Run with the id.
	Invoke func(ctx context.Context, id string) error
}

// Runs is a platform.Queue whose messages are worked on by runs of a function, each an
// invocation that calls Run.
//
// It is one line of a Queue, in a slot of its own, and beside it a sorted set of the runs
// that were invoked or take messages. Send puts a run there only if there is none, so
// however many messages come, one invocation is made. A run leaves the set in a script
// that sees that no message waits, so none is forgotten. The note of a run that was killed,
// or whose invocation was lost, ends by itself soon: then the next Send, or Wake, has
// another one run.
type Runs struct {
	o                       RunsOptions
	client                  *client
	now                     func() time.Time
	push, pop, enter, leave *script
}

// noteKept is how long a run is noted after it was invoked or last took messages. It is
// more than a function takes to start.
const noteKept = 5 * time.Second

// Runs makes a queue that uses the connections of the store.
func (s *Store) Runs(o RunsOptions) *Runs {
	o.Bytes, o.GroupBytes = cmp.Or(o.Bytes, 64<<20), cmp.Or(o.GroupBytes, 4<<20)
	o.Workers, o.GroupWorkers = cmp.Or(o.Workers, 100), cmp.Or(o.GroupWorkers, 64)
	o.Most, o.Logger = cmp.Or(o.Most, 20), cmp.Or(o.Logger, slog.Default())
	return &Runs{
		o: o, client: s.client, now: s.now,
		push: newScript(pushText), pop: newScript(popText), enter: newScript(enterText), leave: newScript(leaveText),
	}
}

// The line of messages, and the keys of the scripts that note runs.
const runsLine = "runs"

func noteKeys() []string { return lineKeys(runsLine, "queue", "queue-runs") }

// MaxDelay implements platform.Queue: sweep wakes what waits.
func (q *Runs) MaxDelay() time.Duration { return 0 }

// Send implements platform.Queue in one round trip, and invokes a run if there is none. If
// that fails, the messages wait for the next Send or Wake, and have its error.
func (q *Runs) Send(ctx context.Context, messages ...platform.Message) []error {
	if len(messages) == 0 {
		return nil
	}
	args := []any{q.o.Bytes, q.o.GroupBytes}
	for _, m := range messages {
		args = append(args, pushArgs(m)...)
	}
	id := newToken()
	push, enter := q.push.run(pushKeys(runsLine), args), q.entry(id, 0)
	failed := q.client.do(ctx, push, enter)
	errs, _ := pushed(push, failed, len(messages))
	if platform.First(errs) != nil && failed != nil {
		return errs
	}
	if err := q.invoke(ctx, id, enter); err != nil {
		for i := range errs {
			errs[i] = cmp.Or(errs[i], err)
		}
	}
	return errs
}

// Wake has a run invoked if messages wait and there is none.
func (q *Runs) Wake(ctx context.Context) error { return q.another(ctx, 0) }

// another has a run invoked if messages wait and there are no more than some others.
func (q *Runs) another(ctx context.Context, others int) error {
	id := newToken()
	enter := q.entry(id, others)
	if err := q.client.do(ctx, enter); err != nil {
		return fmt.Errorf("note a run: %w", err)
	}
	return q.invoke(ctx, id, enter)
}

// entry notes a run that is to be invoked.
func (q *Runs) entry(id string, others int) *call {
	return q.enter.run(noteKeys(), []any{id, noteKept.Milliseconds(), others})
}

// invoke has a run invoked if it was noted.
func (q *Runs) invoke(ctx context.Context, id string, noted *call) error {
	n, err := noted.Int64()
	if err != nil {
		return fmt.Errorf("note a run: %w", err)
	}
	if n != done {
		return nil
	}
	return q.invokeNoted(ctx, id)
}

// invokeNoted has a run invoked. If that fails, its note goes, so that the next message
// tries again.
func (q *Runs) invokeNoted(ctx context.Context, id string) error {
	err := q.o.Invoke(ctx, id)
	if err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if forgotten := q.client.do(ctx, command("ZREM", noteKeys()[1], id)); forgotten != nil {
		err = errors.Join(err, fmt.Errorf("forget a run: %w", forgotten)) // it ends by itself
	}
	return err
}
