// Package logs is the function that shows what was delivered and what was not, and
// delivers again on request. It decodes requests of the REST API, calls the use cases
// and encodes what they answer.
package logs

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Deps are what the function needs.
type Deps struct {
	Router *api.Router
	App    *app.App
	// Cursors seals the cursors of lists.
	Cursors api.CursorSealer
}

// New makes the function.
func New(d Deps) http.Handler {
	const admin, viewer = shipbell.RoleAdmin, shipbell.RoleViewer
	return d.Router.Handler([]api.Route{
		{Pattern: "GET /v1/deliveries/{registry}", Role: viewer, Query: slices.Concat(shipbell.FilterNames(), []string{"limit", "cursor"}), Handle: d.list},
		{Pattern: "GET /v1/deliveries/{registry}/{id}", Role: viewer, Handle: d.get},
		{Pattern: "GET /v1/deliveries/{registry}/export", Role: viewer, Query: slices.Concat(shipbell.FilterNames(), []string{"format", "cursor"}), Handle: d.export},
		{Pattern: "POST /v1/deliveries/{registry}/{id}/redeliver", Role: admin, Handle: d.redeliver},
		{Pattern: "POST /v1/deliveries/{registry}/redeliver", Role: admin, Query: []string{"dry_run"}, Handle: d.redeliverMany},
		{Pattern: "POST /v1/deliveries/{registry}/clear", Role: admin, Query: []string{"dry_run"}, Handle: d.clearMany},
		{Pattern: "POST /v1/deliveries/{registry}/replay", Role: admin, Query: []string{"dry_run"}, Handle: d.replayPast},

		{Pattern: "GET /v1/stats/{registry}", Role: viewer, Query: []string{"since", "until"}, Handle: d.stats},
		{Pattern: "GET /v1/targets/{registry}", Role: viewer, Handle: d.targets},
		{Pattern: "POST /v1/targets/{registry}/{trigger}/{target}/resume", Role: admin, Handle: d.resume},
		{Pattern: "GET /v1/ignored/{registry}", Role: viewer, Handle: d.ignored},
		{Pattern: "GET /v1/unmatched/{registry}", Role: viewer, Query: []string{"since", "until", "limit", "cursor"}, Handle: d.unmatched},
		{Pattern: "POST /v1/unmatched/{registry}/replay", Role: admin, Query: []string{"dry_run"}, Handle: d.replay},
		{Pattern: "GET /v1/audit/{registry}", Role: admin, Query: []string{"limit", "cursor"}, Handle: d.audit},
	})
}

const maxDeliveries = 100

func (d *Deps) list(r *api.Request) (api.Answer, error) {
	q, cursor, err := d.query(r)
	if err != nil {
		return api.Answer{}, err
	}
	if q.Limit, err = api.Limit(r, maxDeliveries); err != nil {
		return api.Answer{}, err
	}
	list, err := d.App.ListDeliveries(r.Context(), r.Key, q)
	if err != nil {
		return api.Answer{}, err
	}
	answer := apiv1.Deliveries{Deliveries: make([]apiv1.Delivery, len(list.Deliveries)), Damaged: list.Damaged}
	for i := range list.Deliveries {
		answer.Deliveries[i] = apiv1.NewDelivery(&list.Deliveries[i], r.Language())
	}
	if list.Next != "" {
		answer.NextCursor, err = cursor.Seal(string(list.Next))
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}

// query reads what to list from the query string, and where the list goes on. The cursor is
// of this list alone.
func (d *Deps) query(r *api.Request) (q app.DeliveryQuery, cursor api.Cursor, err error) {
	filter := shipbell.FilterOf(r.URL.Query().Get)
	if q, err = d.App.Find(r.Context(), r.Key, r.Registry, filter); err != nil {
		return q, cursor, err
	}
	parts := []string{"deliveries", r.Registry}
	for _, field := range filter.Fields() {
		parts = append(parts, *field.Value)
	}
	cursor = api.Cursor{Sealer: d.Cursors, Query: strings.Join(parts, "\x00")}
	before, err := cursor.Open(r.URL.Query().Get("cursor"))
	q.Before = shipbell.DeliveryID(before)
	return q, cursor, err
}

func triggerID(given string) (shipbell.ID, error) {
	id, err := strconv.ParseInt(given, 10, 64)
	if err != nil || id < 1 {
		return 0, shipbell.InvalidField("trigger", text.TriggerNumberInvalid)
	}
	return shipbell.ID(id), nil
}

func (d *Deps) get(r *api.Request) (api.Answer, error) {
	found, err := d.App.Delivery(r.Context(), r.Key, r.Registry, r.PathValue("id"))
	if err != nil {
		return api.Answer{}, err
	}
	answer := apiv1.DeliveryWithRequest{Delivery: apiv1.NewDelivery(&found.Delivery, r.Language())}
	if !found.EventGone {
		answer.Request = &apiv1.Request{ContentType: found.Content.Header.Get("Content-Type"), Headers: found.Headers, Query: found.ShownQuery, Body: string(found.Body)}
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, nil
}

func (d *Deps) redeliver(r *api.Request) (api.Answer, error) {
	again, err := d.App.Redeliver(r.Context(), r.Key, r.Registry, r.PathValue("id"))
	return api.Answer{Status: http.StatusAccepted, Body: apiv1.NewDelivery(&again, r.Language())}, err
}

// redeliverMany sends again, or counts in a dry run, the deliveries that a request
// asks for.
func (d *Deps) redeliverMany(r *api.Request) (api.Answer, error) {
	return changeMany(r, func(f shipbell.Filter, dry bool) (app.Changed, error) {
		return d.App.RedeliverMany(r.Context(), r.Key, app.Redelivery{Registry: r.Registry, Filter: f, DryRun: dry})
	})
}

// clearMany marks deliveries as dealt with, or counts them in a dry run.
func (d *Deps) clearMany(r *api.Request) (api.Answer, error) {
	return changeMany(r, func(f shipbell.Filter, dry bool) (app.Changed, error) {
		return d.App.ClearMany(r.Context(), r.Key, app.Clearing{Registry: r.Registry, Filter: f, DryRun: dry})
	})
}

// changeMany reads which deliveries a request is about, and answers what came of a change.
func changeMany(r *api.Request, change func(f shipbell.Filter, dry bool) (app.Changed, error)) (api.Answer, error) {
	dry, err := api.DryRun(r)
	if err != nil {
		return api.Answer{}, err
	}
	var f apiv1.Filter
	if err := api.Decode(r.Request, &f); err != nil {
		return api.Answer{}, err
	}
	done, err := change(f, dry)
	return api.Answer{Status: accepted(dry), Body: apiv1.Changed(done)}, err
}

// accepted is the status of what was asked for, or of a dry run of it.
func accepted(dry bool) int {
	if dry {
		return http.StatusOK
	}
	return http.StatusAccepted
}
