package store

import (
	"context"
	"errors"
	"iter"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// perWrite is how many deliveries are written at once: with their entries and the
// receipt they fit one call.
const perWrite = 49

// newRow is a delivery and its row.
type newRow struct {
	delivery shipbell.Delivery
	row      platform.Item
}

// create writes the deliveries that are not there yet, after the receipt if there is
// one.
func (a *acceptance) create(ctx context.Context, receipt *platform.Write) error {
	next, stop := iter.Pull(a.deliveries())
	defer stop()
	for {
		count, err := a.some(ctx, receipt, next)
		if err != nil || count < perWrite {
			return err
		}
		receipt = nil
	}
}

// some makes the rows of the next deliveries and writes them.
func (a *acceptance) some(ctx context.Context, receipt *platform.Write, next func() (*shipbell.Delivery, bool)) (count int, err error) {
	// A delivery without a due time must be there before sweep scans what it announces
	// from now on.
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	rows := make([]newRow, 0, perWrite)
	for len(rows) < perWrite {
		d, ok := next()
		if !ok {
			break
		}
		row, err := a.row(ctx, d)
		if err != nil {
			return 0, err
		}
		rows = append(rows, newRow{*d, row})
	}
	if len(rows) == 0 {
		return 0, nil
	}
	return len(rows), a.write(ctx, receipt, rows)
}

// write writes rows with their entries in the lists of their triggers, and what belongs to
// the receipt, and hands out the deliveries that it made. Entries are written again for an event that came before: the
// first time may have ended between a row and its entry.
func (a *acceptance) write(ctx context.Context, receipt *platform.Write, batch []newRow) error {
	guarded := receipt != nil
	var writes []platform.Write
	if guarded {
		writes = append(writes, *receipt)
	}
	for i := range batch {
		d, row := &batch[i].delivery, batch[i].row
		entry := platform.Item{Key: triggerDeliveryKey(d.Registry, d.TriggerID, d.ID), Expires: row.Expires}
		writes = append(writes,
			platform.Write{Item: row, If: platform.Absent, Guarded: guarded},
			platform.Write{Item: entry, If: platform.Absent, Guarded: guarded})
	}
	learning := guarded && a.store.o.Atomic && len(batch) < perWrite && len(writes)+len(a.learn) <= platform.MaxWrites
	if learning {
		writes = append(writes, a.learn...)
	}
	errs := a.store.items.Write(ctx, writes...)
	if guarded {
		if errs[0] != nil {
			return errs[0]
		}
		errs = errs[1:]
	}
	if learning {
		if err := learned(errs[2*len(batch):]); err != nil {
			return err
		}
		a.learned = true
	}
	var made []shipbell.Delivery
	var failed error
	for i := range batch {
		row, entry := errs[2*i], errs[2*i+1]
		if entry != nil && !errors.Is(entry, platform.ErrConflict) {
			failed = entry
		} else if row == nil {
			d := batch[i].delivery
			d.Version, d.Expires, d.Due = 1, batch[i].row.Expires, batch[i].row.Due
			made = append(made, d)
		} else if !errors.Is(row, platform.ErrConflict) {
			failed = row
		}
	}
	a.handOut(made)
	return failed
}

// handOut keeps new deliveries for Take and gives them to the caller. Those of an event
// that came before may be known to another process.
func (a *acceptance) handOut(made []shipbell.Delivery) {
	if len(made) == 0 {
		return
	}
	for range made {
		a.store.o.Metrics.Delivery(shipbell.Pending)
	}
	if a.first {
		a.store.keepNew(made)
		if a.store.o.KeepNew > 0 && made[0].Excerpt != nil {
			a.store.events.put(eventCacheKey(a.partition, *a.receipt.Body), a.event, a.size)
		}
	}
	a.created(made)
}
