package sweep

import (
	"context"
	"log/slog"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/stats"
)

// scanRegistries scans every delivery once when it is about Grace old, wakes those that
// nobody has attempted, and has all of them counted.
func (c *call) scanRegistries(ctx context.Context) error {
	wanted := func(checkpoint store.Checkpoint) bool {
		now := c.Now()
		return c.looksAhead(checkpoint) || checkpoint.Ready(now)
	}
	return c.eachRegistry(ctx, wanted, func(ctx context.Context, t *turn) (again bool, err error) {
		if c.looksAhead(t.Checkpoint) {
			if err := c.wakeFuture(ctx, t); err != nil {
				return false, err
			}
		}
		now := c.Now()
		switch {
		case t.Ahead(now):
			return false, c.rewind(ctx, t)
		case !t.Ready(now):
			return false, c.Store.SetCheckpoint(ctx, t.registry, t.Checkpoint)
		}
		return c.scan(ctx, t)
	})
}

// looksAhead reports whether a clock was ahead since a registry's deliveries were last
// looked at that lie in the future.
func (c *call) looksAhead(checkpoint store.Checkpoint) bool {
	return checkpoint.Corrected.Before(c.corrected) || checkpoint.Ahead(c.Now())
}

func orphans(r *Result, n int) { r.Orphans += n }

// scan scans what the last call for a registry announced, or pagesATurn of it, and at the
// end announces what the next one scans.
func (c *call) scan(ctx context.Context, t *turn) (again bool, err error) {
	pages := 0
	for page, err := range c.Store.ScanAll(ctx, t.registry, t.Scanned, t.Announced) {
		if err == nil {
			_, err = c.wake(ctx, page.Orphans, orphans)
		}
		if err == nil {
			err = stats.New(c.Store).Aggregate(ctx, t.registry, page.States)
		}
		if err != nil {
			return false, err
		}
		if t.Scanned = page.Next; !page.More {
			continue
		}
		if err := c.Store.SetCheckpoint(ctx, t.registry, t.Checkpoint); err != nil {
			return false, err
		}
		if pages++; pages == pagesATurn {
			return true, nil
		}
	}
	return false, c.Store.SetCheckpoint(ctx, t.registry, t.Next(c.Now()))
}

// checkClock corrects what a sweep stored whose clock was ahead, and stores the clock of
// this one.
func (c *call) checkClock(ctx context.Context) error {
	corrected, changed, err := c.Store.CheckClock(ctx, c.Now())
	c.corrected = corrected
	if changed > 0 {
		c.Logger.LogAttrs(ctx, slog.LevelWarn, "a clock was ahead: due times are corrected", slog.Int("deliveries", changed))
	}
	return err
}

// wakeFuture wakes the deliveries that were received in what is the future now, by a clock
// that was ahead: no scan would reach them for long.
func (c *call) wakeFuture(ctx context.Context, t *turn) error {
	err := c.wakeOrphans(ctx, t.registry, shipbell.FirstDeliveryID(c.Now().Add(shipbell.MaxSkew)), "")
	if err == nil {
		t.Corrected = c.corrected
	}
	return err
}

// rewind takes back a checkpoint that was stored by a clock that was ahead.
func (c *call) rewind(ctx context.Context, t *turn) error {
	c.Logger.LogAttrs(ctx, slog.LevelWarn, "a clock was ahead: the scan of deliveries begins again",
		slog.String("registry", t.registry), slog.Time("checkpoint", t.At))
	return c.Store.SetCheckpoint(ctx, t.registry, t.Rewound(c.Now()))
}

// wakeUnscanned wakes what no scan has reached yet and was received before the process
// started with an empty queue. It leaves the checkpoint where it is.
func (c *call) wakeUnscanned(ctx context.Context) error {
	before := shipbell.FirstDeliveryID(c.ProcessStart)
	every := func(store.Checkpoint) bool { return true }
	return c.eachRegistry(ctx, every, func(ctx context.Context, t *turn) (again bool, err error) {
		return false, c.wakeOrphans(ctx, t.registry, t.Scanned, before)
	})
}

// wakeOrphans wakes the deliveries of a registry, from one id on and before another, that
// nobody has attempted.
func (c *call) wakeOrphans(ctx context.Context, registry string, from, before shipbell.DeliveryID) error {
	for page, err := range c.Store.ScanAll(ctx, registry, from, before) {
		if err == nil {
			_, err = c.wake(ctx, page.Orphans, orphans)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
