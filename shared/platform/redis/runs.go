package redis

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
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
	// Bytes is how much the messages that wait may take (64 MiB), and GroupBytes those of
	// one group (4 MiB), counted as those of QueueOptions.
	Bytes, GroupBytes int
	// Workers is how many messages one run works on at once in all (100) and GroupWorkers
	// of one group (64) if it gets no Admit. Shares of groups and owners are those of
	// QueueOptions.
	Workers, GroupWorkers int
	// Most is how many runs may take messages at once (20).
	Most int
	// Invoke has the function run, later and elsewhere: it then calls Drain with the id.
	Invoke func(ctx context.Context, id string) error
}

// Runs is a platform.Queue whose messages are worked on by runs of a function, each an
// invocation that calls Drain.
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
	o.Most = cmp.Or(o.Most, 20)
	return &Runs{
		o: o, client: s.client, now: s.now,
		push: newScript(noteText + pushText), pop: newScript(popText), enter: newScript(noteText + enterText), leave: newScript(noteText + leaveText),
	}
}

// The line of messages, and the runs.
const (
	runsLine = "runs"
	runsKey  = "sb:{" + runsLine + "}queue-runs"
)

// noteKeys are the keys of the scripts that note runs.
func noteKeys() []string { return append(lineKeys(runsLine, "queue"), runsKey) }

// MaxDelay implements platform.Queue: sweep wakes what waits.
func (q *Runs) MaxDelay() time.Duration { return 0 }

// Send implements platform.Queue in one round trip, and invokes a run if there is none. If
// that fails, the messages wait for the next Send or Wake, and have its error.
func (q *Runs) Send(ctx context.Context, messages ...platform.Message) []error {
	if len(messages) == 0 {
		return nil
	}
	id := newToken()
	args := []any{q.o.Bytes, q.o.GroupBytes, id, noteKept.Milliseconds()}
	for _, m := range messages {
		args = append(args, pushArgs(m)...)
	}
	push := q.push.run(append(pushKeys(runsLine), runsKey), args)
	errs, noted, _ := pushed(push, q.client.do(ctx, push), len(messages))
	if !noted {
		return errs
	}
	if err := q.invoke(ctx, id); err != nil {
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
	noted, err := q.ask(ctx, q.enter, id, noteKept.Milliseconds(), others)
	if err != nil || !noted {
		return err
	}
	return q.invoke(ctx, id)
}

// ask runs a script that notes or ends a run, and answers whether it answered 1.
func (q *Runs) ask(ctx context.Context, s *script, args ...any) (bool, error) {
	c := s.run(noteKeys(), args)
	if err := q.client.do(ctx, c); err != nil {
		return false, fmt.Errorf("note a run: %w", err)
	}
	n, err := c.Int64()
	if err != nil {
		return false, fmt.Errorf("note a run: %w", err)
	}
	return n == done, nil
}

// invoke has a run invoked that is noted. If that fails, the note goes, so that the next
// message tries again.
func (q *Runs) invoke(ctx context.Context, id string) error {
	err := q.o.Invoke(ctx, id)
	if err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if forgotten := q.client.do(ctx, command("ZREM", runsKey, id)); forgotten != nil {
		err = errors.Join(err, fmt.Errorf("forget a run: %w", forgotten)) // it ends by itself
	}
	return err
}
