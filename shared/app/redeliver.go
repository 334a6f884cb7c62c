package app

import (
	"context"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/text"
)

// redeliverSince is how far a change of many deliveries looks back unless it says.
const redeliverSince = 14 * 24 * time.Hour

// Redelivery says which deliveries to send again: those that the filter means, without the
// cleared ones unless it asks for them.
type Redelivery struct {
	Registry string
	// Filter has the status failed, cancelled or succeeded; "" is failed and cancelled. A
	// Since of "" is 14 days ago, unless one event is named.
	Filter shipbell.Filter
	// DryRun counts them only.
	DryRun bool
}

// RedeliverMany makes the failed and cancelled deliveries of a time due again, or
// those of another status. Pending ones are not touched, so that asking twice is
// harmless. A dry run counts them.
func (a *App) RedeliverMany(ctx context.Context, key shipbell.AccessKey, r Redelivery) (Changed, error) {
	if err := allow(key, shipbell.RoleAdmin, r.Registry); err != nil {
		return Changed{}, err
	}
	if r.Filter.Status == shipbell.Pending {
		return Changed{}, shipbell.InvalidField("status", text.StatusNotFinal)
	}
	q, err := a.ended(ctx, key, r.Registry, r.Filter)
	if err != nil {
		return Changed{}, err
	}
	rules, err := a.Store.Rules(ctx, r.Registry)
	if err != nil {
		return Changed{}, err
	}
	b := bulk{app: a, query: q, action: audit.DeliveriesRedelivered}
	b.fits = func(d *shipbell.Delivery) bool {
		_, reason := rules.Destination(d)
		return reason == ""
	}
	b.change = func(page []shipbell.Delivery) (int, error) { return a.sendAgain(ctx, page) }
	return b.run(ctx, key, r.DryRun)
}

// ended is the query for deliveries that have ended, and that nobody has cleared.
func (a *App) ended(ctx context.Context, key shipbell.AccessKey, registry string, f shipbell.Filter) (DeliveryQuery, error) {
	if f.Cleared == "" {
		f.Cleared = "false"
	}
	q, err := a.Find(ctx, key, registry, f)
	if err != nil {
		return q, err
	}
	if f.Status == "" {
		q.Statuses = []shipbell.Status{shipbell.Failed, shipbell.Cancelled}
	}
	if q.Since.IsZero() && f.Event == "" {
		q.Since = a.Now().Add(-redeliverSince)
	}
	return q, nil
}

// sendAgain makes deliveries due and wakes deliver. It counts those that nobody else
// changed and whose events are still kept.
func (a *App) sendAgain(ctx context.Context, page []shipbell.Delivery) (count int, err error) {
	saved, _, err := a.Store.Redeliver(ctx, page)
	a.wake(ctx, saved)
	return len(saved), err
}
