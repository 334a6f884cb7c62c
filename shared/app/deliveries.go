package app

import (
	"context"
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/audit"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/shared/webhook"
)

// DeliveryQuery says which deliveries to list; a zero field does not restrict.
type DeliveryQuery = store.Query

// DeliveryList is a page of deliveries.
type DeliveryList = store.DeliveryList

// LoadEvent reads what a listed delivery's Event leaves out. A delivery whose event is not
// kept any more stays as it is.
func (a *App) LoadEvent(ctx context.Context, key shipbell.AccessKey, d *shipbell.Delivery) error {
	if err := allow(key, shipbell.RoleViewer, d.Registry); err != nil {
		return err
	}
	err := a.Store.LoadEvent(ctx, d)
	if shipbell.KindOf(err) == shipbell.NotFound {
		return nil
	}
	return err
}

// ListDeliveries answers a page of a registry's deliveries, the newest first, as the
// key may see them. Of an event with many resources the page has an excerpt.
func (a *App) ListDeliveries(ctx context.Context, key shipbell.AccessKey, q DeliveryQuery) (list DeliveryList, err error) {
	if _, err := a.open(ctx, key, shipbell.RoleViewer, q.Registry); err != nil {
		return list, err
	}
	for _, status := range q.Statuses {
		if !status.Valid() {
			return list, shipbell.InvalidField("status", text.StatusInvalid)
		}
	}
	if err := checkAction(q.Action); err != nil {
		return list, err
	}
	list, err = a.Store.List(ctx, q)
	for i := range list.Deliveries {
		list.Deliveries[i].HideFrom(key.Role)
	}
	return list, err
}

func checkAction(action shipbell.Action) error {
	if action != "" && !action.Valid() {
		return shipbell.InvalidField("action", text.OneOfRequired, shipbell.Actions())
	}
	return nil
}

// LogQuery asks for the newest deliveries of some triggers, counted from the newest.
type LogQuery struct {
	Registry string
	Triggers []shipbell.ID
	// Offset is how many to pass over, and Limit how many to answer.
	Offset, Limit int
}

// TriggerLog answers the deliveries of some triggers, the newest first. total is how
// many there are, counted up to store.MaxNewest; those beyond are found by
// ListDeliveries alone.
func (a *App) TriggerLog(ctx context.Context, key shipbell.AccessKey, q LogQuery) (page []shipbell.Delivery, total int, err error) {
	if err := allow(key, shipbell.RoleViewer, q.Registry); err != nil {
		return nil, 0, err
	}
	page, total, err = a.Store.Newest(ctx, q.Registry, q.Triggers, q.Offset, q.Limit)
	for i := range page {
		page[i].HideFrom(key.Role)
	}
	return page, total, err
}

// DeliveryDetail is a delivery with the request that its target gets.
type DeliveryDetail struct {
	shipbell.Delivery
	// Content is what the request carries, empty if the format cannot express the event.
	format.Content
	// Headers are those of the last attempt, or of the first to come, as the trigger
	// has them now, secrets masked. There are none if the trigger has no such target
	// any more.
	Headers http.Header
	// ShownQuery is the query of the URL, likewise.
	ShownQuery string
	// TriggerGone tells that the trigger was deleted.
	TriggerGone bool
	// EventGone tells that the event is not kept any more. Then there is no Content, and
	// Event is an excerpt.
	EventGone bool
}

// Delivery answers one delivery, as the key may see it.
func (a *App) Delivery(ctx context.Context, key shipbell.AccessKey, registry, id string) (DeliveryDetail, error) {
	if _, err := a.open(ctx, key, shipbell.RoleViewer, registry); err != nil {
		return DeliveryDetail{}, err
	}
	stored, err := a.delivery(ctx, registry, id)
	if err != nil {
		return DeliveryDetail{}, err
	}
	err = a.Store.LoadEvent(ctx, &stored)
	d := DeliveryDetail{Delivery: stored, EventGone: shipbell.KindOf(err) == shipbell.NotFound}
	if err != nil && !d.EventGone {
		return d, err
	}
	t, err := a.Store.Trigger(ctx, registry, d.TriggerID)
	if d.TriggerGone = shipbell.KindOf(err) == shipbell.NotFound; err != nil && !d.TriggerGone {
		return d, err
	}
	target, found := t.TargetOf(&d.Delivery)
	if found && d.Status == shipbell.Pending {
		d.Follow(target) // as the next attempt will
	}
	d.PathSecret = d.PathSecret || target.PathSecret
	if !d.EventGone {
		content, err := format.Render(&d.Delivery, target)
		if err != nil && !format.Inexpressible(err) {
			return d, err
		}
		d.Content = content
	}
	if found {
		attempt := shipbell.Attempt{Number: 1, StartedAt: d.NextAttemptAt}
		if len(d.Attempts) > 0 {
			attempt = d.Attempts[len(d.Attempts)-1]
		}
		d.Headers = webhook.Headers(&d.Delivery, target, attempt, d.Content.Header)
		d.ShownQuery = webhook.Query(target, d.Content.Query)
	}
	d.HideFrom(key.Role)
	return d, nil
}

// DeliveryBody is the body that the target of a listed delivery gets, of the event as the
// delivery has it and by the target's template as it is now. It is empty if the format cannot
// express the event, or the template is gone.
func (a *App) DeliveryBody(ctx context.Context, key shipbell.AccessKey, d *shipbell.Delivery) ([]byte, error) {
	if err := allow(key, shipbell.RoleViewer, d.Registry); err != nil {
		return nil, err
	}
	var target shipbell.Target
	if d.Format == shipbell.FormatTemplate {
		rules, err := a.Store.Rules(ctx, d.Registry)
		if err != nil {
			return nil, err
		}
		if t, found := rules.Set.Trigger(d.TriggerID); found {
			target, _ = t.TargetOf(d)
		}
	}
	content, err := format.Render(d, target)
	if format.Inexpressible(err) {
		err = nil // it was never sent, and the status says so
	}
	return content.Body, err
}

func (a *App) delivery(ctx context.Context, registry, id string) (shipbell.Delivery, error) {
	parsed, err := shipbell.ParseDeliveryID(strings.ToUpper(id))
	if err != nil {
		return shipbell.Delivery{}, shipbell.NewError(shipbell.NotFound, text.DeliveryUnknown, id)
	}
	return a.Store.Delivery(ctx, registry, parsed)
}

// Redeliver makes one delivery due at once, whatever became of it. It is a Conflict
// while an attempt is under way, and if the delivery may not be sent any more or its
// event is not kept any more.
func (a *App) Redeliver(ctx context.Context, key shipbell.AccessKey, registry, id string) (shipbell.Delivery, error) {
	if _, err := a.open(ctx, key, shipbell.RoleAdmin, registry); err != nil {
		return shipbell.Delivery{}, err
	}
	d, err := a.delivery(ctx, registry, id)
	if err != nil {
		return d, err
	}
	rules, err := a.Store.Rules(ctx, registry)
	if err != nil {
		return d, err
	}
	now := a.Now().UTC()
	if d.Leased(now, a.ProcessStart) {
		return d, shipbell.NewError(shipbell.Conflict, text.DeliveryUnderWay)
	}
	if _, reason := rules.Destination(&d); reason != "" {
		return d, shipbell.NewError(shipbell.Conflict, text.DeliveryNotSendable, reason)
	}
	saved, expired, err := a.Store.Redeliver(ctx, []shipbell.Delivery{d})
	switch {
	case err != nil:
		return d, err
	case len(expired) > 0:
		return d, shipbell.NewError(shipbell.Conflict, text.EventExpired)
	case len(saved) == 0:
		return d, shipbell.NewError(shipbell.Conflict, text.DeliveryChanged)
	}
	noted := a.note(ctx, key, audit.Entry{Action: audit.DeliveryRedelivered, Object: string(d.ID), Name: d.TriggerName}, registry)
	a.wake(ctx, saved)
	return saved[0], noted
}

// wake sends messages. Those that the queue does not take are found by sweep.
func (a *App) wake(ctx context.Context, deliveries []shipbell.Delivery) {
	messages := make([]platform.Message, len(deliveries))
	for i := range deliveries {
		messages[i] = store.Message(&deliveries[i], 0)
	}
	platform.SendAll(ctx, a.Queue, messages...)
}
