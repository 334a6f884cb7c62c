package store

import (
	"context"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	// maxRow is the most bytes of a delivery's row when it is accepted. A row that can,
	// holds its event as the trigger matched it: then an attempt reads nothing else. Any
	// other holds an excerpt, and a long URL, which is only shown, cut to maxURL.
	maxRow = 1024
	maxURL = 128
	// maxTried is the most resources with which it is worth trying.
	maxTried = 8
	// maxPicked is the most bytes of a selection of resources in a row.
	maxPicked = 48
	// maxOldRow is the most bytes of a row that an older version wrote, with its event,
	// that stays as it is when it is saved.
	maxOldRow = 16 << 10
)

// textLimits are the bytes that an excerpt leaves to each text, tried in turn. With the
// last one every row fits.
func textLimits() []int { return []int{256, 128, 64, 32} }

// row makes the row of a new delivery and, unless its event fits in it, turns the
// delivery's Event into an excerpt.
func (a *acceptance) row(ctx context.Context, d *shipbell.Delivery) (platform.Item, error) {
	now := a.store.o.Now()
	if len(d.Event.Resources) <= maxTried {
		row, err := a.store.row(d, now)
		if err != nil || len(row.Value) <= maxRow {
			return row, err
		}
	}
	excerpt := &shipbell.Excerpt{Resources: len(d.Event.Resources), Body: a.receipt.Body}
	excerpt.Picked = shipbell.Pick(a.event.Resources, d.Event.Resources)
	if len(excerpt.Picked) > maxPicked {
		in := chunksOf([]byte(excerpt.Picked))
		if a.pickedIn == nil || *a.pickedIn != in {
			if _, err := a.store.putChunks(ctx, a.partition, pickedKind, []byte(excerpt.Picked), later(d.Expires, a.store.expires(d.CreatedAt))); err != nil {
				return platform.Item{}, err
			}
			a.pickedIn = &in
		}
		excerpt.Picked, excerpt.PickedIn = "", &in
	}
	whole := d.Event
	d.Excerpt = excerpt
	if d.TargetID != 0 { // else the URL is what finds the target
		d.TargetURL = shipbell.Shorten(d.TargetURL, maxURL)
	}
	var row platform.Item
	for _, limit := range textLimits() {
		d.Event = whole.Excerpt(limit)
		var err error
		if row, err = a.store.row(d, now); err != nil || len(row.Value) <= maxRow {
			return row, err
		}
	}
	if d.Trace.State == "" {
		return row, nil
	}
	d.Trace.State = "" // the trace goes on without it
	return a.store.row(d, now)
}

// moveEvent makes a row of an older version that holds a long event like one of today:
// its event is kept beside it, and no write is too large for what comes of an attempt.
func (s *Store) moveEvent(ctx context.Context, d *shipbell.Delivery, row *platform.Item) error {
	if d.Excerpt != nil || len(row.Value) <= maxOldRow {
		return nil
	}
	whole := d.Event
	var r receipt
	partition := eventPartition(d.Registry, whole.ID)
	if _, err := s.keepBody(ctx, partition, &r, &whole, row.Expires); err != nil {
		return err
	}
	if r.Event != nil { // it is short: the attempts are what is long
		return nil
	}
	d.Excerpt = &shipbell.Excerpt{Resources: len(whole.Resources), Body: r.Body}
	d.Event, d.Whole = whole.Excerpt(textLimits()[0]), &whole
	due := row.Due
	moved, err := s.row(d, s.o.Now())
	moved.Due = due
	*row = moved
	return err
}
