package triggers

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
)

func (d *Deps) listKeys(r *api.Request) (api.Answer, error) {
	all, err := d.App.ListAccessKeys(r.Context(), r.Key)
	answer := apiv1.AccessKeys{Keys: make([]apiv1.AccessKey, len(all))}
	for i, key := range all {
		answer.Keys[i] = apiv1.NewAccessKey(key)
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}

func (d *Deps) createKey(r *api.Request) (api.Answer, error) {
	var s apiv1.AccessKeySettings
	if err := api.Decode(r.Request, &s); err != nil {
		return api.Answer{}, err
	}
	key, err := d.App.CreateAccessKey(r.Context(), r.Key, app.NewAccessKey{Role: s.Role, Registries: s.Registries, Description: s.Description})
	if err != nil {
		return api.Answer{}, err
	}
	answer := apiv1.NewAccessKey(key)
	answer.Secret, err = key.Secret.Reveal()
	return api.Answer{Status: http.StatusCreated, Body: answer}, err
}

func (d *Deps) deleteKey(r *api.Request) (api.Answer, error) {
	return api.Answer{Status: http.StatusNoContent}, d.App.DeleteAccessKey(r.Context(), r.Key, r.PathValue("id"))
}
