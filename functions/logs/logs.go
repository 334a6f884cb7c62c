// Package logs is the function that shows what was delivered, and delivers again
// on request.
package logs

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/webhook"
)

// Deps are what the function needs.
type Deps struct {
	Door  *api.Door
	Store *store.Store
	Queue platform.Queue
	// Cursors seals the cursors of lists.
	Cursors store.Sealer
	// Alone is set by a platform of one process to its start: claims made before
	// then are void.
	Alone time.Time
	Now   func() time.Time
}

// New makes the function.
func New(d Deps) http.Handler {
	return d.Door.Handler([]api.Route{
		{Pattern: "GET /v1/deliveries/{registry}", Role: shipbell.RoleViewer, Handle: d.list},
		{Pattern: "GET /v1/deliveries/{registry}/{id}", Role: shipbell.RoleViewer, Handle: d.get},
		{Pattern: "POST /v1/deliveries/{registry}/{id}/redeliver", Role: shipbell.RoleAdmin, Handle: d.redeliver},
		{Pattern: "POST /v1/deliveries/{registry}/redeliver", Role: shipbell.RoleAdmin, Handle: d.redeliverMany},
	})
}

const maxDeliveries = 100

func (d *Deps) list(r *api.Request) (api.Answer, error) {
	if _, err := d.Store.Registry(r.Context(), r.Registry); err != nil {
		return api.Answer{}, err
	}
	q, err := query(r)
	if err != nil {
		return api.Answer{}, err
	}
	cursor := api.Cursor{Sealer: d.Cursors, Query: strings.Join([]string{
		"deliveries", q.Registry, strconv.FormatInt(int64(q.Trigger), 10), fmt.Sprint(q.Statuses), string(q.Action), q.Repository,
		q.Since.Format(time.RFC3339Nano), q.Until.Format(time.RFC3339Nano),
	}, "\x00")}
	before, err := cursor.Open(r.URL.Query().Get("cursor"))
	if err != nil {
		return api.Answer{}, err
	}
	q.Before = shipbell.DeliveryID(before)
	deliveries, next, err := d.Store.List(r.Context(), q)
	if err != nil {
		return api.Answer{}, err
	}
	answer := struct {
		Deliveries []delivery `json:"deliveries"`
		NextCursor string     `json:"next_cursor"`
	}{Deliveries: make([]delivery, len(deliveries))}
	for i := range deliveries {
		answer.Deliveries[i] = view(r.Key, &deliveries[i])
	}
	if next != "" {
		answer.NextCursor, err = cursor.Seal(string(next))
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}

// query reads what to list from the query string.
func query(r *api.Request) (q store.Query, err error) {
	values := r.URL.Query()
	q = store.Query{
		Registry: r.Registry, Action: shipbell.Action(values.Get("action")), Repository: values.Get("repository"),
	}
	if text := values.Get("trigger"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return q, shipbell.InvalidField("trigger", "must be a trigger's number")
		}
		q.Trigger = shipbell.ID(id)
	}
	if status := shipbell.Status(values.Get("status")); status != "" {
		if !status.Valid() {
			return q, shipbell.InvalidField("status", "must be pending, succeeded, failed or cancelled")
		}
		q.Statuses = []shipbell.Status{status}
	}
	if q.Action != "" && !q.Action.Valid() {
		return q, shipbell.InvalidField("action", "must be one of %v", shipbell.Actions())
	}
	if q.Since, err = api.Time(r, "since"); err != nil {
		return q, err
	}
	if q.Until, err = api.Time(r, "until"); err != nil {
		return q, err
	}
	q.Limit, err = api.Limit(r, maxDeliveries)
	return q, err
}

// named reads the delivery that the path names.
func (d *Deps) named(r *api.Request) (shipbell.Delivery, error) {
	if _, err := d.Store.Registry(r.Context(), r.Registry); err != nil {
		return shipbell.Delivery{}, err
	}
	id, err := shipbell.ParseDeliveryID(strings.ToUpper(r.PathValue("id")))
	if err != nil {
		return shipbell.Delivery{}, shipbell.Errorf(shipbell.NotFound, "there is no delivery %q", r.PathValue("id"))
	}
	return d.Store.Delivery(r.Context(), r.Registry, id)
}

func (d *Deps) get(r *api.Request) (api.Answer, error) {
	found, err := d.named(r)
	if err != nil {
		return api.Answer{}, err
	}
	body, contentType, err := webhook.Body(&found)
	if err != nil {
		return api.Answer{}, err
	}
	return api.Answer{Status: http.StatusOK, Body: withRequest{
		delivery: view(r.Key, &found), Request: request{ContentType: contentType, Body: string(body)},
	}}, nil
}
