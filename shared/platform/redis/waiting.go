package redis

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"time"
)

//go:embed waiting.lua
var waitingText string

// groupsMeasured is how many groups of a line are looked at for the oldest message. Those
// that have waited longest for their turn come first, so one beyond them is hardly older.
const groupsMeasured = 1000

// Waiting implements platform.Gauged.
func (q *Queue) Waiting(ctx context.Context) (count int, oldest time.Duration, err error) {
	names := make([]string, lines)
	for i := range names {
		names[i] = lineName(i)
	}
	return waiting(ctx, q.client, names...)
}

// Waiting implements platform.Gauged.
func (q *Runs) Waiting(ctx context.Context) (count int, oldest time.Duration, err error) {
	return waiting(ctx, q.client, runsLine)
}

// waiting adds up what waits in lines, in one round trip.
func waiting(ctx context.Context, c *client, names ...string) (count int, oldest time.Duration, err error) {
	s := newScript(noteText + waitingText)
	calls := make([]*call, len(names))
	for i, name := range names {
		calls[i] = s.run(lineKeys(name, "queue", "queue-groups", "queue-messages"), []any{groupsMeasured})
	}
	if err := c.do(ctx, calls...); err != nil {
		return 0, 0, fmt.Errorf("measure the queue: %w", err)
	}
	for _, one := range calls {
		answer, err := one.Slice()
		if err != nil || len(answer) != 2 {
			return 0, 0, fmt.Errorf("measure the queue: %w", cmp.Or(err, errMissing))
		}
		n, _ := answer[0].(int64)
		age, _ := answer[1].(int64)
		count, oldest = count+int(n), max(oldest, time.Duration(age)*time.Millisecond)
	}
	return count, oldest, nil
}
