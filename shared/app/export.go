package app

import (
	"context"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const (
	// maxExported is how many deliveries one export has at most, found in maxExportReads pages
	// of exportPage.
	maxExported    = 5000
	maxExportReads = 100
	exportPage     = 100
)

// Export is deliveries that are written as they are read.
type Export struct {
	app   *App
	key   shipbell.AccessKey
	query DeliveryQuery
	first DeliveryList
}

// ExportEnd tells how an export ended.
type ExportEnd struct {
	// Note tells why not all is there; it is zero if all is.
	Note text.Message
	// Next is where another export goes on, or "".
	Next shipbell.DeliveryID
	// Damaged is how many records cannot be read and are left out.
	Damaged int
	// Err is what the reading failed of after the first page, or nil.
	Err error
}

// OpenExport begins an export of the deliveries that a query finds, the newest first. Its
// errors are those that can still be answered as one.
func (a *App) OpenExport(ctx context.Context, key shipbell.AccessKey, q DeliveryQuery) (*Export, error) {
	q.Limit = exportPage
	first, err := a.ListDeliveries(ctx, key, q)
	return &Export{app: a, key: key, query: q, first: first}, err
}

// Run writes the deliveries, each with its whole event, one in memory at a time, until write
// reports that there is no space for more.
func (e *Export) Run(ctx context.Context, write func(*shipbell.Delivery) (more bool)) (end ExportEnd) {
	list, written, full, last := e.first, 0, false, e.query.Before
	for reads := 1; ; reads++ {
		end.Damaged += list.Damaged
		for i := range list.Deliveries {
			d := &list.Deliveries[i]
			if written == maxExported || full {
				end.Next, end.Note = last, text.New(text.ExportMore, d.CreatedAt.UTC().Format(time.RFC3339Nano))
				return end
			}
			if err := e.app.LoadEvent(ctx, e.key, d); err != nil {
				return e.broken(end, last, err)
			}
			full, last = !write(d), d.ID
			d.Whole = nil
			written++
		}
		switch {
		case list.Next == "":
			if end.Damaged > 0 {
				end.Note = text.New(text.ExportDamaged, end.Damaged)
			}
			return end
		case reads == maxExportReads:
			end.Next, end.Note = list.Next, text.New(text.ExportLooked, list.Next.ReceivedAt().Format(time.RFC3339Nano))
			return end
		}
		last, e.query.Before = list.Next, list.Next
		var err error
		if list, err = e.app.ListDeliveries(ctx, e.key, e.query); err != nil {
			return e.broken(end, last, err)
		}
	}
}

func (e *Export) broken(end ExportEnd, last shipbell.DeliveryID, err error) ExportEnd {
	end.Next, end.Note, end.Err = last, text.New(text.ExportBroken), err
	return end
}
