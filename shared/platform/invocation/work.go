package invocation

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// margin is the time that an invocation keeps to report how it ended.
const margin = 500 * time.Millisecond

// WithMargin ends a context before the platform ends the process.
func WithMargin(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-margin))
}

// HandleOne keeps a panic over one message from taking the others with it.
func HandleOne(ctx context.Context, handle func(context.Context, []byte) error, body string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return handle(ctx, []byte(body))
}

// Ending has done called at the end of each invocation, whatever comes of it. done may be
// nil.
func Ending(handle func(ctx context.Context, event []byte) ([]byte, error), done func()) func(ctx context.Context, event []byte) ([]byte, error) {
	if done == nil {
		return handle
	}
	return func(ctx context.Context, event []byte) ([]byte, error) {
		defer done()
		return handle(ctx, event)
	}
}
