package app

import (
	"context"
	"errors"
	"strconv"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Find makes the query for the deliveries of a registry that a filter means. A trigger may
// be named that was deleted while its deliveries are kept. The error names every field that
// is wrong.
func (a *App) Find(ctx context.Context, key shipbell.AccessKey, registry string, f shipbell.Filter) (q DeliveryQuery, err error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return q, err
	}
	where, err := f.Select()
	q = DeliveryQuery{
		Registry: registry, Action: where.Action, Repository: where.Repository, Since: where.Since, Until: where.Until,
	}
	if where.Status != "" {
		q.Statuses = []shipbell.Status{where.Status}
	}
	unknown := a.findTrigger(ctx, registry, string(f.Trigger), &q)
	if err := errorsOf(err, unknown); err != nil {
		return q, err
	}
	// The query has these by itself.
	where.Status, where.Action, where.Repository = "", "", ""
	q.Where = &where
	return q, nil
}

// findTrigger has a query ask for a trigger by its number or its name, which may be that of one
// that was deleted or renamed.
func (a *App) findTrigger(ctx context.Context, registry, written string, q *DeliveryQuery) error {
	if written == "" {
		return nil
	}
	if id, err := strconv.ParseInt(written, 10, 64); err == nil {
		if id < 1 || shipbell.ID(id) > shipbell.MaxID {
			return shipbell.InvalidField("trigger", text.TriggerNumberInvalid)
		}
		q.Trigger = shipbell.ID(id)
		return nil
	}
	rules, err := a.Store.Rules(ctx, registry)
	if err != nil {
		return err
	}
	for _, t := range rules.Set.Triggers() {
		if t.Name == written {
			q.Trigger = t.ID
			return nil
		}
	}
	id, found, err := a.Store.FormerTrigger(ctx, registry, written)
	if err != nil {
		return err
	}
	if !found {
		return shipbell.InvalidField("trigger", text.TriggerNameUnknown)
	}
	q.Trigger = id
	return nil
}

// errorsOf makes one error of two about fields.
func errorsOf(a, b error) error {
	var first, second *shipbell.Error
	if errors.As(a, &first) && errors.As(b, &second) && first.Kind == shipbell.Invalid && second.Kind == shipbell.Invalid {
		first.Fields = append(first.Fields, second.Fields...)
		return first
	}
	return errors.Join(a, b)
}
