package tencent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/invocation"
	"github.com/shipbell/shipbell/shared/platform/redis"
)

// takeMargin is how long it may take from looking at the clock to the beginning of work
// on a message.
const takeMargin = time.Second

// handleRun works on the messages that wait in Redis, many at once, until there are none
// or the invocation has no time for another one. A message whose handler fails or panics
// is logged, and sweep finds its delivery.
//
// The invocation is an error only if Redis or the API of SCF failed: then SCF repeats it
// later, and what waits is worked on.
func handleRun(h platform.Handlers) handler {
	runs, found := h.Queue.(*redis.Runs)
	return func(ctx context.Context, event []byte) ([]byte, error) {
		if !found {
			return nil, errNoQueue
		}
		e, err := readEnvelope(event)
		if err != nil {
			return nil, err
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		until, err := takesUntil(ctx, h.Needs+takeMargin)
		if err != nil {
			return nil, err
		}
		handle := func(ctx context.Context, body []byte) error {
			ctx, cancel := context.WithTimeout(ctx, h.Limit)
			defer cancel()
			return invocation.HandleOne(ctx, h.Message, string(body))
		}
		return nil, runs.Drain(ctx, redis.Run{ID: e.Run, Until: until, Work: platform.Work{Handle: handle, Admit: h.Admit}, Logger: h.Logger})
	}
}

var errNoQueue = errors.New("the function was built without the queue that it takes messages from")

// takesUntil is when an invocation takes no more messages, because each needs some time.
func takesUntil(ctx context.Context, needs time.Duration) (time.Time, error) {
	deadline, ends := ctx.Deadline()
	if !ends {
		deadline = time.Now().Add(needs + time.Minute)
	}
	if left := time.Until(deadline); left < needs {
		return time.Time{}, fmt.Errorf("%v are left, and a message needs up to %v: give the function more time, or attempts less", left.Round(time.Millisecond), needs)
	}
	return deadline.Add(-needs), nil
}

// handleTimer calls work for each event but a request: nobody sets it off from outside.
// First it has deliver invoked if messages wait and nobody works on them: its invocation
// may have been lost or killed.
func handleTimer(h platform.Handlers) handler {
	runs, found := h.Queue.(*redis.Runs)
	return func(ctx context.Context, event []byte) ([]byte, error) {
		if overHTTP, err := isRequest(event); err != nil || overHTTP {
			return nil, errors.Join(err, errIsHTTP)
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		var wakeErr error
		if found {
			wakeErr = runs.Wake(ctx)
		}
		return nil, errors.Join(wakeErr, h.Timer(ctx))
	}
}
