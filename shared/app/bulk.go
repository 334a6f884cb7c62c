package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
)

const (
	// maxChanged is how many deliveries one call changes, and changePage how many at once.
	maxChanged = 10_000
	changePage = 100
	// countReads is how many lists a dry run reads.
	countReads = 2
)

// Changed is what came of a change of many deliveries.
type Changed struct {
	// Count is how many were changed, or would be.
	Count int
	// More tells that others are beyond what one call changes, or looks at.
	More bool
	// Since is, in a dry run, how far back it looked.
	Since time.Time
}

// bulk is a change of many deliveries.
type bulk struct {
	app   *App
	query DeliveryQuery
	// fits reports whether a delivery that the query finds is to be changed.
	fits func(*shipbell.Delivery) bool
	// change changes deliveries and counts those that nobody else changed meanwhile.
	change func([]shipbell.Delivery) (int, error)
	action audit.Action
}

// run makes the change, the oldest deliveries first, or counts what it would change.
func (b *bulk) run(ctx context.Context, key shipbell.AccessKey, dryRun bool) (Changed, error) {
	if dryRun {
		return b.count(ctx)
	}
	wanted, more, err := b.find(ctx)
	if err != nil {
		return Changed{}, err
	}
	answer := Changed{More: more}
	for page := range slices.Chunk(wanted, changePage) {
		count, failed := b.changePage(ctx, page)
		answer.Count += count
		if err = failed; err != nil {
			break
		}
	}
	if answer.Count > 0 {
		noted := b.app.note(ctx, key, audit.Entry{Action: b.action, Count: answer.Count}, b.query.Registry)
		err = errors.Join(err, noted)
	}
	return answer, err
}

// count counts what run would change, as far back as a few lists go: since then the number
// is exact, and More tells that there are older deliveries.
func (b *bulk) count(ctx context.Context) (Changed, error) {
	answer, q := Changed{Since: b.query.Since}, b.query
	var fitting []shipbell.DeliveryID
	q.Limit = maxChanged
	for range countReads {
		list, err := b.app.Store.List(ctx, q)
		if err != nil {
			return answer, err
		}
		fitting = b.appendFitting(fitting, list.Deliveries)
		q.Before, answer.More = list.Next, list.Next != ""
		if !answer.More {
			break
		}
	}
	if answer.More {
		// The millisecond in which it stopped may hold deliveries that it did not see.
		answer.Since = q.Before.ReceivedAt().Add(time.Millisecond)
	}
	for _, id := range fitting {
		if !id.ReceivedAt().Before(answer.Since) {
			answer.Count++
		}
	}
	return answer, nil
}

// find collects the ids of the deliveries to change, the oldest first. more tells that
// there are others beyond the limit.
func (b *bulk) find(ctx context.Context) (wanted []shipbell.DeliveryID, more bool, err error) {
	q := b.query
	q.Limit = changePage
	for {
		list, err := b.app.Store.List(ctx, q)
		if err != nil {
			return nil, false, err
		}
		wanted = b.appendFitting(wanted, list.Deliveries)
		if list.Next == "" || len(wanted) >= maxChanged {
			more = list.Next != "" || len(wanted) > maxChanged
			wanted = wanted[:min(len(wanted), maxChanged)]
			slices.Reverse(wanted)
			return wanted, more, nil
		}
		q.Before = list.Next
	}
}

func (b *bulk) appendFitting(to []shipbell.DeliveryID, page []shipbell.Delivery) []shipbell.DeliveryID {
	for i := range page {
		if b.fits(&page[i]) {
			to = append(to, page[i].ID)
		}
	}
	return to
}

// changePage changes a page of deliveries. It reads them again, so that nothing grows with
// the number of pages, and leaves those alone that have changed meanwhile.
func (b *bulk) changePage(ctx context.Context, page []shipbell.DeliveryID) (count int, err error) {
	deliveries, err := b.app.Store.Deliveries(ctx, b.query.Registry, page...)
	if err != nil {
		return 0, err
	}
	return b.change(slices.DeleteFunc(deliveries, func(d shipbell.Delivery) bool {
		return !b.fits(&d) || !slices.Contains(b.query.Statuses, d.Status)
	}))
}
