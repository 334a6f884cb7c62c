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
	//go:embed push.lua
	pushText string
	//go:embed pop.lua
	popText string
)

// lines is over how many slots of a cluster the queue is laid.
const lines = 8

// QueueOptions are the settings of a queue; a zero field takes its default.
type QueueOptions struct {
	// Bytes is how much the messages that wait may take (64 MiB), and GroupBytes those
	// of one group (2 MiB): their own bytes, and 100 for each. What does not fit is
	// refused: the store has it.
	Bytes, GroupBytes int
	// Workers is how many messages this process works on at once in all (16,384) and
	// GroupWorkers of one group (64). Once half of all workers are busy, a group gets
	// no more than an eighth of that.
	Workers, GroupWorkers int
	// Logger hears of messages whose handler failed; slog.Default() if nil.
	Logger *slog.Logger
}

// Queue is a platform.Queue and platform.Consumer in Redis, for any number of
// processes.
//
// It is of several lines, each in one slot of a cluster; a group is of one line. A
// line is a sorted set of the groups with messages, in the order of their turns.
// Beside it lie the messages, a hash of what is known of each group, and a list of
// tokens, on which consumers block: it gets one with every message, and is at most
// 100 long.
//
// A message that is taken is gone: if its consumer dies, the store still has what
// it was about.
type Queue struct {
	o         QueueOptions
	client    *client
	waiting   *client // for what blocks
	push, pop *script
	crew      *crew
}

// NewQueue makes the queue of an address.
func NewQueue(a Address, o QueueOptions) *Queue {
	o.Bytes, o.GroupBytes = cmp.Or(o.Bytes, 64<<20), cmp.Or(o.GroupBytes, 2<<20)
	o.Workers, o.GroupWorkers = cmp.Or(o.Workers, 16_384), cmp.Or(o.GroupWorkers, 64)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	return &Queue{
		o: o, client: &client{connect(a, maxConnections, maxIdle)}, waiting: &client{connect(a, lines, maxIdle)},
		push: newScript(pushText), pop: newScript(popText), crew: newCrew(o.Workers, o.GroupWorkers),
	}
}

// Close ends all connections. Later calls fail.
func (q *Queue) Close() error { return errors.Join(q.client.redis.Close(), q.waiting.redis.Close()) }

// MaxDelay implements platform.Queue: sweep wakes what waits.
func (q *Queue) MaxDelay() time.Duration { return 0 }

// lineKeys are the keys of a line; the last is the list of tokens.
func lineKeys(line int) []string {
	var keys []string
	for _, name := range []string{"queue", "queue-groups", "queue-messages", "queue-tokens"} {
		keys = append(keys, fmt.Sprintf("sb:{%02d}%s", line, name))
	}
	return keys
}

func lineOf(group string) int { return int(platform.Hash(group) % lines) }

// Send implements platform.Queue in one round trip.
func (q *Queue) Send(ctx context.Context, messages ...platform.Message) []error {
	var calls []*call
	var places [][]int // of each call, the numbers of its messages
	for line := range lines {
		args, mine := []any{q.o.Bytes / lines, q.o.GroupBytes}, []int(nil)
		for i, m := range messages {
			if lineOf(m.Group) == line {
				args, mine = append(args, m.Group, m.Body), append(mine, i)
			}
		}
		if len(mine) > 0 {
			calls, places = append(calls, q.push.run(lineKeys(line), args)), append(places, mine)
		}
	}
	failed := q.client.do(ctx, calls...)
	errs := make([]error, len(messages))
	for i, mine := range places {
		codes, err := calls[i].Int64Slice()
		if err == nil && len(codes) != len(mine) {
			err = errMissing
		}
		if err != nil && failed != nil {
			err = failed
		}
		for j, n := range mine {
			switch {
			case err != nil:
				errs[n] = fmt.Errorf("send a message: %w", err)
			case codes[j] != done:
				errs[n] = platform.ErrFull
			}
		}
	}
	return errs
}
