package triggers

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func (d *Deps) listRegistries(r *api.Request) (api.Answer, error) {
	all, err := d.App.ListRegistries(r.Context(), r.Key)
	answer := apiv1.Registries{Registries: make([]apiv1.Registry, len(all))}
	for i, registry := range all {
		answer.Registries[i] = apiv1.NewRegistry(registry)
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}

func (d *Deps) getRegistry(r *api.Request) (api.Answer, error) {
	registry, err := d.App.Registry(r.Context(), r.Key, r.Registry)
	return api.Answer{Status: http.StatusOK, Body: apiv1.NewRegistry(registry)}, err
}

func (d *Deps) putRegistry(r *api.Request) (api.Answer, error) {
	var s apiv1.RegistryRequest
	if err := api.Decode(r.Request, &s); err != nil {
		return api.Answer{}, err
	}
	registry := shipbell.Registry{
		ID: r.Registry, Secret: shipbell.NewSecret(s.Secret), Topics: s.SNSTopics, Host: s.Host, Public: s.Public, Accessories: s.Accessories,
		ChartRepositories: s.ChartRepositories, OnlyChanged: s.OnlyChanged, MergeWindow: s.MergeWindow, KeepUnmatched: d.App.KeepsUnmatched(),
	}
	if s.Google != nil {
		registry.Google = *s.Google
	}
	if s.KeepUnmatched != nil {
		registry.KeepUnmatched = *s.KeepUnmatched
	}
	saved, created, err := d.App.PutRegistry(r.Context(), r.Key, registry)
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return api.Answer{Status: status, Body: apiv1.NewRegistry(saved)}, err
}

func (d *Deps) deleteRegistry(r *api.Request) (api.Answer, error) {
	return api.Answer{Status: http.StatusNoContent}, d.App.DeleteRegistry(r.Context(), r.Key, r.Registry)
}
