// Package sweep is the function that a timer calls. It sends messages about deliveries
// that are due, whose message was lost, or whose process ended during an attempt. It also
// has every delivery counted for the statistics.
package sweep

import (
	"context"
	"log/slog"
	"time"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/store"
)

// Deps are what the function needs.
type Deps struct {
	Store *store.Store
	Queue platform.Queue
	// Refill sends messages about all that waits, also what the queue would hold back
	// until later, for a queue that has just started and holds none. What the queue does
	// not take is due in the store.
	Refill bool
	// FewWrites is set where writes are what costs: what has just come due is then woken
	// without a write before, so that a message may be sent twice.
	FewWrites bool
	// ProcessStart is set by a platform of one process: claims made before then are
	// void. Zero elsewhere.
	ProcessStart time.Time
	// Metrics measures the calls and what waits; nil measures nothing.
	Metrics *metrics.Recorder
	Now     func() time.Time
	Logger  *slog.Logger
}

// New makes the function. It works until nothing is due, every registry was looked at, or
// ctx is near its deadline; the next call goes on where this one left off. An error of
// one registry or delivery keeps no other waiting; all are returned together. Calls may
// overlap.
func New(d Deps) func(ctx context.Context) error {
	sweep := newSweep(d)
	return func(ctx context.Context) error {
		_, err := sweep(ctx)
		return err
	}
}

func newSweep(d Deps) func(ctx context.Context) (Result, error) {
	waiting, woken := newGauges(d), newWoken()
	return func(ctx context.Context) (Result, error) {
		began := d.Now()
		working, cancel := within(ctx, 0.8) // so that it ends in order
		defer cancel()
		waiting.measure(working)
		c := &call{Deps: d, woken: woken}
		woken.forget(began)
		look := c.scanRegistries
		if d.Refill {
			look = c.wakeUnscanned
		}
		c.run(working, 0.25, d.Store.SettleChanges)
		// Without its clock in the store it may change no due time.
		if c.run(working, 1, c.checkClock) {
			c.run(working, 0.75, c.wakeDue)
			c.run(working, 1, look)
		}
		return c.end(ctx, d.Now().Sub(began))
	}
}

// within gives a share of the time that ctx leaves.
func within(ctx context.Context, share float64) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Duration(share*float64(time.Until(deadline))))
}

// run does a part of the work in a share of the time that is left, and reports whether it
// was done without an error of its own.
func (c *call) run(ctx context.Context, share float64, part func(context.Context) error) bool {
	ctx, cancel := within(ctx, share)
	defer cancel()
	err := part(ctx)
	c.note(ctx, err)
	return err == nil
}
