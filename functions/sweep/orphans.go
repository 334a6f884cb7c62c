package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/stats"
)

// orphans scans every delivery once when it is about Grace old, wakes those that nobody
// has attempted, and has all of them counted.
func (d *Deps) orphans(ctx context.Context) (woken int, err error) {
	return d.eachRegistry(ctx, func(registry string, checkpoint store.Checkpoint) (int, error) {
		if checkpoint.Ahead(d.Now()) {
			return d.rewind(ctx, registry, checkpoint)
		}
		return d.scan(ctx, registry, checkpoint)
	})
}

// eachRegistry does something with every registry, damaged ones too, and adds up how many
// deliveries were woken. An error of one does not keep the others waiting.
func (d *Deps) eachRegistry(ctx context.Context, do func(registry string, checkpoint store.Checkpoint) (int, error)) (woken int, err error) {
	registries, err := d.Store.RegistryIDs(ctx)
	if err != nil {
		return 0, err
	}
	checkpoints, err := d.Store.Checkpoints(ctx, registries...)
	if err != nil {
		return 0, err
	}
	var errs []error
	for i, registry := range registries {
		count, err := do(registry, checkpoints[i])
		woken += count
		if err != nil {
			errs = append(errs, fmt.Errorf("registry %s: %w", registry, err))
		}
	}
	return woken, errors.Join(errs...)
}

// scan scans what the last call for a registry announced, and announces what the next one
// scans.
func (d *Deps) scan(ctx context.Context, registry string, checkpoint store.Checkpoint) (woken int, err error) {
	if !checkpoint.Ready(d.Now()) {
		return 0, nil
	}
	for page, err := range d.Store.ScanAll(ctx, registry, checkpoint.Scanned, checkpoint.Announced) {
		if err != nil {
			return woken, err
		}
		count, err := d.wake(ctx, page.Orphans)
		woken += count
		if err != nil {
			return woken, err
		}
		if err := stats.New(d.Store).Aggregate(ctx, registry, page.States); err != nil {
			return woken, err
		}
		if checkpoint.Scanned = page.Next; page.More {
			if err := d.Store.SetCheckpoint(ctx, registry, checkpoint); err != nil {
				return woken, err
			}
		}
	}
	return woken, d.Store.SetCheckpoint(ctx, registry, checkpoint.Next(d.Now()))
}

// checkClock corrects what a sweep stored whose clock was ahead, and stores the clock of
// this one.
func (d *Deps) checkClock(ctx context.Context) error {
	changed, err := d.Store.CheckClock(ctx, d.Now())
	if changed > 0 {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "a clock was ahead: due times are corrected", slog.Int("deliveries", changed))
	}
	return err
}

// rewind puts right what a clock that was ahead has left: it wakes the deliveries that
// were received in what is the future now, which no scan would reach for long, and takes
// the checkpoint back.
func (d *Deps) rewind(ctx context.Context, registry string, checkpoint store.Checkpoint) (woken int, err error) {
	now := d.Now()
	d.Logger.LogAttrs(ctx, slog.LevelWarn, "a clock was ahead: the scan of deliveries begins again",
		slog.String("registry", registry), slog.Time("checkpoint", checkpoint.At))
	for page, err := range d.Store.ScanAll(ctx, registry, shipbell.FirstDeliveryID(now.Add(shipbell.MaxSkew)), "") {
		if err != nil {
			return woken, err
		}
		count, err := d.wake(ctx, page.Orphans)
		woken += count
		if err != nil {
			return woken, err
		}
	}
	return woken, d.Store.SetCheckpoint(ctx, registry, checkpoint.Rewound(now))
}

// unscanned wakes what no scan has reached yet and was received before the process
// started with an empty queue. It leaves the checkpoint where it is.
func (d *Deps) unscanned(ctx context.Context) (int, error) {
	before := shipbell.FirstDeliveryID(d.ProcessStart)
	return d.eachRegistry(ctx, func(registry string, checkpoint store.Checkpoint) (woken int, err error) {
		for page, err := range d.Store.ScanAll(ctx, registry, checkpoint.Scanned, before) {
			if err != nil {
				return woken, err
			}
			count, err := d.wake(ctx, page.Orphans)
			woken += count
			if err != nil {
				return woken, err
			}
		}
		return woken, nil
	})
}
