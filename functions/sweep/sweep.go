// Package sweep is the function that a timer calls. It sends messages about deliveries
// that are due, whose message was lost, or whose process ended during an attempt. It also
// has every delivery counted for the statistics.
package sweep

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
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
	// ProcessStart is set by a platform of one process: claims made before then are
	// void. Zero elsewhere.
	ProcessStart time.Time
	// Metrics measures the runs and what waits; nil measures nothing.
	Metrics *metrics.Recorder
	Now     func() time.Time
	Logger  *slog.Logger

	measured *measured // of the run
}

const (
	page = 100
	// refillPage is how many due times a refill looks at, of which it holds the keys in
	// memory; others wait for their due time in the store.
	refillPage = 100_000
)

// New makes the function. It works until nothing is due or ctx is near its deadline; the
// next call does the rest. Calls may overlap.
func New(d Deps) func(ctx context.Context) error {
	waiting := &gauges{Deps: d}
	return func(ctx context.Context) error {
		ctx, cancel := withMargin(ctx, d.Now())
		defer cancel()
		d := d
		d.measured = &measured{}
		waiting.measure(ctx)
		err := d.run(ctx)
		d.measured.end(ctx, d.Metrics, err)
		return err
	}
}

// run is one call of the function. It gives no error if it is out of time.
func (d *Deps) run(ctx context.Context) error {
	if err := d.checkClock(ctx); err != nil {
		return err
	}
	settleErr := d.Store.SettleChanges(ctx)
	due, err := d.due(ctx)
	look := d.orphans
	if d.Refill {
		look = d.unscanned
	}
	orphans, orphansErr := look(ctx)
	if due+orphans > 0 {
		d.Logger.LogAttrs(ctx, slog.LevelInfo, "sweep", slog.Int("due", due), slog.Int("orphans", orphans))
	}
	if ctx.Err() != nil {
		return nil // the next call goes on
	}
	return errors.Join(settleErr, err, orphansErr)
}

// withMargin takes four fifths of the time, so that the function ends in order.
func withMargin(ctx context.Context, now time.Time) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, deadline.Sub(now)*4/5)
}

// due wakes the deliveries whose time has come.
func (d *Deps) due(ctx context.Context) (woken int, err error) {
	until, limit := d.Now(), page
	if d.Refill { // those too whose time comes within what the queue can hold back
		until, limit = until.Add(d.Queue.MaxDelay()+store.Grace), refillPage
	}
	for wasEmpty := false; ; {
		keys, err := d.Store.DueKeys(ctx, until, limit)
		if err != nil {
			return woken, err
		}
		empty := true
		for deliveries, err := range d.Store.Due(ctx, keys, until) {
			if err != nil {
				return woken, err
			}
			empty = empty && len(deliveries) == 0
			count, err := d.wake(ctx, deliveries)
			woken += count
			if err != nil {
				return woken, err
			}
		}
		// Keys of which nothing is due any more leave the index. Those that come again do
		// not, and are left to the next sweep.
		if d.Refill || len(keys) < limit || empty && wasEmpty {
			return woken, nil
		}
		wasEmpty, until = empty, d.Now()
	}
}

// wake sends messages about deliveries. First it stores when sweep must look at each
// again: then a lost message costs time only, and of two sweeps at once one sends.
func (d *Deps) wake(ctx context.Context, deliveries []shipbell.Delivery) (int, error) {
	now := d.Now()
	d.measured.see(deliveries, now)
	if d.Refill {
		// It runs beside attempts of this process. To change what they have claimed would
		// lose their outcomes.
		deliveries = slices.DeleteFunc(deliveries, func(delivery shipbell.Delivery) bool { return delivery.Leased(now, d.ProcessStart) })
	}
	deliveries, err := d.Store.SaveAll(ctx, deliveries, func(delivery *shipbell.Delivery) time.Time {
		if delivery.Leased(now, d.ProcessStart) {
			return delivery.LeaseUntil
		}
		return now.Add(d.delay(delivery, now) + store.Grace)
	})
	if err != nil {
		return 0, err
	}
	var messages []platform.Message
	for i := range deliveries {
		if deliveries[i].Leased(now, d.ProcessStart) {
			continue
		}
		message, err := store.Message(&deliveries[i], d.delay(&deliveries[i], now))
		if err != nil {
			return 0, err
		}
		messages = append(messages, message)
	}
	if err := platform.First(platform.SendAll(ctx, d.Queue, messages...)); err != nil {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "messages not sent, the next sweep will", slog.Any("error", err))
	}
	return len(messages), nil
}

// delay is how long a delivery has still to wait. A claimed one, whose lease has ended,
// does not wait.
func (d *Deps) delay(delivery *shipbell.Delivery, now time.Time) time.Duration {
	if !delivery.LeaseUntil.IsZero() {
		return 0
	}
	return min(delivery.Wait(now), d.Queue.MaxDelay())
}
