package app

import (
	"context"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/text"
)

// Clearing says which deliveries to mark as dealt with: those that the filter means.
type Clearing struct {
	Registry string
	// Filter has the status failed or cancelled; "" is both. A Since of "" is 14 days ago, unless one event is named.
	Filter shipbell.Filter
	// DryRun counts them only.
	DryRun bool
}

// ClearMany marks deliveries that ended without success as dealt with: they do not count
// as failing any more, and stay in the log. A redelivery takes the mark away.
func (a *App) ClearMany(ctx context.Context, key shipbell.AccessKey, c Clearing) (Changed, error) {
	if _, err := a.open(ctx, key, shipbell.RoleAdmin, c.Registry); err != nil {
		return Changed{}, err
	}
	if c.Filter.Status == shipbell.Pending || c.Filter.Status == shipbell.Succeeded {
		return Changed{}, shipbell.InvalidField("status", text.StatusNotClearable)
	}
	q, err := a.ended(ctx, key, c.Registry, c.Filter)
	if err != nil {
		return Changed{}, err
	}
	b := bulk{app: a, query: q, action: audit.DeliveriesCleared, fits: (*shipbell.Delivery).Clearable}
	b.change = func(page []shipbell.Delivery) (int, error) { return a.Store.Clear(ctx, page) }
	return b.run(ctx, key, c.DryRun)
}
