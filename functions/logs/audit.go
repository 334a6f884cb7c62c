package logs

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
)

const maxAudit = 100

func (d *Deps) audit(r *api.Request) (api.Answer, error) {
	q := app.AuditQuery{Registry: r.Registry}
	var err error
	if q.Limit, err = api.Limit(r, maxAudit); err != nil {
		return api.Answer{}, err
	}
	cursor := api.Cursor{Sealer: d.Cursors, Query: "audit\x00" + r.Registry}
	if q.Before, err = cursor.Open(r.URL.Query().Get("cursor")); err != nil {
		return api.Answer{}, err
	}
	entries, err := d.App.Audit(r.Context(), r.Key, q)
	if err != nil {
		return api.Answer{}, err
	}
	answer := apiv1.Audit{Entries: make([]apiv1.AuditEntry, len(entries))}
	for i, e := range entries {
		answer.Entries[i] = apiv1.AuditEntry{
			At: e.At, Key: e.Key, Action: string(e.Action), Object: e.Object, Name: e.Name, Count: e.Count, Changes: make([]apiv1.AuditChange, len(e.Changes)),
		}
		for j, one := range e.Changes {
			answer.Entries[i].Changes[j] = apiv1.AuditChange(one)
		}
	}
	if len(entries) == q.Limit {
		answer.NextCursor, err = cursor.Seal(entries[len(entries)-1].ID)
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}
