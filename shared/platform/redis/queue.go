package redis

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

var (
	//go:embed note.lua
	noteText string
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
	// of one group (4 MiB): twice their own bytes, and about 200 for each. What does not
	// fit is refused: the store has it.
	Bytes, GroupBytes int
	// Workers is how many messages this process works on at once in all (16,384) and
	// GroupWorkers of one group (64) if Serve gets no Admit. Once half of all workers are
	// busy, a group gets one. The last quarter is for groups that have none, and an owner
	// gets no more than a sixteenth of all while it is used.
	Workers, GroupWorkers int
	// Logger hears of messages whose handler failed; slog.Default() if nil.
	Logger *slog.Logger
}

// Queue is a platform.Queue and platform.Consumer in Redis, for any number of
// processes.
//
// It is of several lines, each in one slot of a cluster; a group is of one line. A
// line is a sorted set of the groups with messages, in the order of their turns.
// Beside it lie the messages, a hash of what is known of each group, the groups and their
// owners by their size, and a list of tokens, on which consumers block: it gets one with
// every message, and is at most 100 long. A message that already waits is not taken twice.
//
// A message that is taken is gone: if its consumer dies, the store still has what
// it was about.
type Queue struct {
	o         QueueOptions
	client    *client
	waiting   *client // for what blocks
	push, pop *script
	crew      *crew
	work      atomic.Pointer[platform.Work] // nil before Serve
}

// NewQueue makes the queue of an address.
func NewQueue(a Address, o QueueOptions) *Queue {
	o.Bytes, o.GroupBytes = cmp.Or(o.Bytes, 64<<20), cmp.Or(o.GroupBytes, 4<<20)
	o.Workers, o.GroupWorkers = cmp.Or(o.Workers, 16_384), cmp.Or(o.GroupWorkers, 64)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	return &Queue{
		o: o, client: &client{connect(a, maxConnections, maxIdle)}, waiting: &client{connect(a, lines, maxIdle)},
		push: newScript(noteText + pushText), pop: newScript(popText), crew: newCrew(o.Workers, o.GroupWorkers),
	}
}

// Close ends all connections. Later calls fail.
func (q *Queue) Close() error { return errors.Join(q.client.redis.Close(), q.waiting.redis.Close()) }

// MaxDelay implements platform.Queue: sweep wakes what waits.
func (q *Queue) MaxDelay() time.Duration { return 0 }

// The keys of a line that the scripts use, in their order, and its list of tokens.
func pushKeys(line string) []string {
	return lineKeys(line, "queue", "queue-groups", "queue-messages", "queue-tokens", "queue-sizes", "queue-owners")
}

func popKeys(line string) []string {
	return lineKeys(line, "queue", "queue-groups", "queue-messages", "queue-sizes", "queue-owners")
}

func tokensKey(line string) string { return lineKeys(line, "queue-tokens")[0] }

// lineKeys are keys of the line with a name, which is their hash tag.
func lineKeys(line string, names ...string) []string {
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = fmt.Sprintf("sb:{%s}%s", line, name)
	}
	return keys
}

func lineName(line int) string { return fmt.Sprintf("%02d", line) }

func lineOf(group string) int { return int(platform.Hash(group) % lines) }

// Send implements platform.Queue in one round trip.
func (q *Queue) Send(ctx context.Context, messages ...platform.Message) []error {
	var calls []*call
	var places [][]int // of each call, the numbers of its messages
	for line := range lines {
		args, mine := []any{q.o.Bytes / lines, q.o.GroupBytes, "", 0}, []int(nil)
		for i, m := range messages {
			if lineOf(m.Group) == line {
				args, mine = append(args, pushArgs(m)...), append(mine, i)
			}
		}
		if len(mine) > 0 {
			calls, places = append(calls, q.push.run(pushKeys(lineName(line)), args)), append(places, mine)
		}
	}
	failed := q.client.do(ctx, calls...)
	errs := make([]error, len(messages))
	for i, mine := range places {
		pushed, _, gone := pushed(calls[i], failed, len(mine))
		for j, n := range mine {
			errs[n] = pushed[j]
		}
		q.gaveWay(gone)
	}
	return errs
}

// pushArgs are the arguments of the script that takes a message.
func pushArgs(m platform.Message) []any { return []any{cmp.Or(m.Owner, m.Group), m.Group, m.Body} }

// pushed reads what the script answered for n messages: an error for each, whether it noted
// a run, and group and body of each message that made way. failed is what its whole
// pipeline failed of.
func pushed(c *call, failed error, n int) (errs []error, noted bool, gone []any) {
	errs = make([]error, n)
	answer, err := c.Slice()
	if err == nil && len(answer) <= n {
		err = errMissing
	}
	if err != nil && failed != nil {
		err = failed
	}
	if err != nil {
		for i := range errs {
			errs[i] = fmt.Errorf("send a message: %w", err)
		}
		return errs, false, nil
	}
	for i := range errs {
		if answer[i] != int64(done) {
			errs[i] = platform.ErrFull
		}
	}
	return errs, answer[n] == int64(done), answer[n+1:]
}

// gaveWay tells of messages that made way, each a group and a body.
func (q *Queue) gaveWay(messages []any) {
	w := q.work.Load()
	if w == nil || w.GaveWay == nil {
		return
	}
	for pair := range slices.Chunk(messages, 2) {
		group, _ := pair[0].(string)
		if body, ok := pair[len(pair)-1].(string); ok {
			w.GaveWay(platform.Message{Group: group, Body: []byte(body)})
		}
	}
}
