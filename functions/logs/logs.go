// Package logs is the function that shows what was delivered and what was not, and
// delivers again on request. It decodes requests of the REST API, calls the use cases
// and encodes what they answer.
package logs

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

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
		{Pattern: "GET /v1/deliveries/{registry}", Role: viewer, Query: []string{"trigger", "status", "action", "repository", "since", "until", "limit", "cursor"}, Handle: d.list},
		{Pattern: "GET /v1/deliveries/{registry}/{id}", Role: viewer, Handle: d.get},
		{Pattern: "POST /v1/deliveries/{registry}/{id}/redeliver", Role: admin, Handle: d.redeliver},
		{Pattern: "POST /v1/deliveries/{registry}/redeliver", Role: admin, Query: []string{"dry_run"}, Handle: d.redeliverMany},

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

// query reads what to list from the query string.
func query(r *api.Request) (q app.DeliveryQuery, err error) {
	values := r.URL.Query()
	q = app.DeliveryQuery{
		Registry: r.Registry, Action: shipbell.Action(values.Get("action")), Repository: values.Get("repository"),
	}
	if given := values.Get("trigger"); given != "" {
		if q.Trigger, err = triggerID(given); err != nil {
			return q, err
		}
	}
	if status := shipbell.Status(values.Get("status")); status != "" {
		q.Statuses = []shipbell.Status{status}
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
		answer.Request = &apiv1.Request{ContentType: found.Content.Header.Get("Content-Type"), Headers: found.Headers, Body: string(found.Body)}
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
	dry, err := api.DryRun(r)
	if err != nil {
		return api.Answer{}, err
	}
	var q apiv1.Redelivery
	if err := api.Decode(r.Request, &q); err != nil {
		return api.Answer{}, err
	}
	wanted := app.Redelivery{
		Registry: r.Registry, Trigger: q.Trigger, Status: q.Status, Action: q.Action, Repository: q.Repository, DryRun: dry,
	}
	if wanted.Since, err = api.ParseTime("since", q.Since); err != nil {
		return api.Answer{}, err
	}
	if wanted.Until, err = api.ParseTime("until", q.Until); err != nil {
		return api.Answer{}, err
	}
	done, err := d.App.RedeliverMany(r.Context(), r.Key, wanted)
	status := http.StatusAccepted
	if dry {
		status = http.StatusOK
	}
	return api.Answer{Status: status, Body: apiv1.Redelivered(done)}, err
}
