package triggers

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func (d *Deps) listRegistries(r *api.Request) (api.Answer, error) {
	all, err := d.Store.Registries(r.Context())
	if err != nil {
		return api.Answer{}, err
	}
	answer := struct {
		Registries []shipbell.Registry `json:"registries"`
	}{Registries: []shipbell.Registry{}}
	for _, registry := range all {
		if access.AllowRegistry(r.Key, registry.ID) == nil {
			answer.Registries = append(answer.Registries, registry)
		}
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, nil
}

func (d *Deps) getRegistry(r *api.Request) (api.Answer, error) {
	registry, err := d.Store.Registry(r.Context(), r.Registry)
	return api.Answer{Status: http.StatusOK, Body: registry}, err
}

func (d *Deps) putRegistry(r *api.Request) (api.Answer, error) {
	var s struct {
		Host        string `json:"host"`
		Public      bool   `json:"public"`
		Accessories bool   `json:"accessories"`
		readOnly
	}
	if err := api.Decode(r.Request, &s); err != nil {
		return api.Answer{}, err
	}
	registry := shipbell.Registry{ID: r.Registry, Host: s.Host, Public: s.Public, Accessories: s.Accessories}
	if err := registry.Validate(); err != nil {
		return api.Answer{}, err
	}
	saved, created, err := d.Store.PutRegistry(r.Context(), registry)
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return api.Answer{Status: status, Body: saved}, err
}

func (d *Deps) deleteRegistry(r *api.Request) (api.Answer, error) {
	return api.Answer{Status: http.StatusNoContent}, d.Store.DeleteRegistry(r.Context(), r.Registry)
}
