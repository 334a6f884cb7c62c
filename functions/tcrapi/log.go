package tcrapi

import (
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// How much of the log is answered at once: what TCR does if it is not told, and what
// we answer at most.
const (
	standardLogs = 20
	mostLogs     = 1000
	// maxDetails bounds the bodies in an answer, in bytes: functions of the clouds answer
	// with at most 6 MB. A long body beyond shows its first resource only.
	maxDetails = 4 << 20
)

// describeLog answers the deliveries of one trigger, or of all of a namespace, newest
// first.
func (d *Deps) describeLog(r *api.Request, parameters []byte) (response, error) {
	q, err := d.decodeQuery(r, parameters)
	if err != nil {
		return response{}, err
	}
	if q.Namespace == "" {
		return response{}, missing("Namespace")
	}
	offset, limit, err := q.page(standardLogs)
	if err == nil && limit > mostLogs {
		err = shipbell.InvalidField("Limit", text.TCRLimitTooLarge, mostLogs)
	}
	if err != nil {
		return response{}, err
	}
	ids, err := d.logged(r, q)
	if err != nil {
		return response{}, err
	}
	deliveries, total, err := d.App.TriggerLog(r.Context(), r.Key, app.LogQuery{Registry: q.RegistryID, Triggers: ids, Offset: offset, Limit: limit})
	if err != nil {
		return response{}, err
	}
	answer := response{TotalCount: &total, Logs: make([]webhookLog, len(deliveries))}
	details := 0
	for i := range deliveries {
		one := deliveries[i]
		if details < maxDetails {
			if err := d.App.LoadEvent(r.Context(), r.Key, &one); err != nil {
				return response{}, err
			}
		}
		if _, whole := one.FullEvent(); !whole {
			one.Excerpt = nil // the body is that of the first resource
		}
		body, err := d.App.DeliveryBody(r.Context(), r.Key, &one)
		if err != nil {
			return response{}, err
		}
		answer.Logs[i] = viewLog(&one, body)
		details += len(answer.Logs[i].Detail)
	}
	return answer, nil
}

// logged are the triggers whose log is asked for.
func (d *Deps) logged(r *api.Request, q query) ([]shipbell.ID, error) {
	if q.ID != "" {
		t, err := d.named(r, q.RegistryID, q.Namespace, "Id", q.ID)
		return []shipbell.ID{t.ID}, err
	}
	triggers, err := d.inNamespace(r, q.RegistryID, q.Namespace)
	ids := make([]shipbell.ID, len(triggers))
	for i := range triggers {
		ids[i] = triggers[i].ID
	}
	return ids, err
}

// inMicroseconds is RFC 3339 as TCR writes it.
const inMicroseconds = "2006-01-02T15:04:05.000000Z07:00"

func viewLog(d *shipbell.Delivery, body []byte) webhookLog {
	return webhookLog{
		ID: d.ID.Number(), TriggerID: int64(d.TriggerID), EventType: d.Event.Action, NotifyType: "http", Detail: string(body),
		CreationTime: d.CreatedAt.UTC().Format(inMicroseconds), UpdateTime: d.UpdatedAt.UTC().Format(inMicroseconds),
		Status: status(d),
	}
}

// status is TCR's word for where a delivery stands.
func status(d *shipbell.Delivery) string {
	switch {
	case d.Status == shipbell.Succeeded:
		return "finished"
	case d.Status != shipbell.Pending:
		return "error"
	case d.LeaseUntil.IsZero():
		return "pending"
	}
	return "running"
}
