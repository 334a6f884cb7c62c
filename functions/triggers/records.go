package triggers

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
)

func (d *Deps) listRecords(r *api.Request) (api.Answer, error) {
	found, err := d.App.ListRecords(r.Context(), r.Key)
	return api.Answer{Status: http.StatusOK, Body: apiv1.NewRecords(found)}, err
}

func (d *Deps) checkRecords(r *api.Request) (api.Answer, error) {
	cursor := api.Cursor{Sealer: d.Cursors, Query: "records"}
	after, err := cursor.Open(r.URL.Query().Get("cursor"))
	if err != nil {
		return api.Answer{}, err
	}
	checked, next, err := d.App.CheckRecords(r.Context(), r.Key, after)
	if err != nil {
		return api.Answer{}, err
	}
	answer := apiv1.RecordCheck{Checked: checked}
	if next != "" {
		answer.NextCursor, err = cursor.Seal(next)
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}

func (d *Deps) dropRecord(r *api.Request) (api.Answer, error) {
	return api.Answer{Status: http.StatusNoContent}, d.App.DropRecord(r.Context(), r.Key, r.PathValue("name"))
}
