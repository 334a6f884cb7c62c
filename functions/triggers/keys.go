package triggers

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// listKeys shows the keys that the caller could have made.
func (d *Deps) listKeys(r *api.Request) (api.Answer, error) {
	all, err := d.Store.AccessKeys(r.Context())
	if err != nil {
		return api.Answer{}, err
	}
	answer := struct {
		Keys []shipbell.AccessKey `json:"keys"`
	}{Keys: []shipbell.AccessKey{}}
	for _, key := range all {
		if access.Within(r.Key, key.Registries) {
			answer.Keys = append(answer.Keys, key)
		}
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, nil
}

// newKey is an access key with its secret in clear: the only answer that shows it.
type newKey struct {
	shipbell.AccessKey
	Secret string `json:"secret"`
}

func (d *Deps) createKey(r *api.Request) (api.Answer, error) {
	var s struct {
		Role        shipbell.Role `json:"role"`
		Registries  []string      `json:"registries"`
		Description string        `json:"description"`
	}
	if err := api.Decode(r.Request, &s); err != nil {
		return api.Answer{}, err
	}
	key := access.NewKey(s.Role, s.Registries, s.Description)
	if err := key.Validate(); err != nil {
		return api.Answer{}, err
	}
	if !access.Within(r.Key, key.Registries) {
		return api.Answer{}, shipbell.InvalidField("registries", "must name registries, and only those that your own key may touch")
	}
	key, err := d.Store.CreateAccessKey(r.Context(), key)
	if err != nil {
		return api.Answer{}, err
	}
	secret, err := key.Secret.Reveal()
	return api.Answer{Status: http.StatusCreated, Body: newKey{AccessKey: key, Secret: secret}}, err
}

// deleteKey deletes a key that the caller could have made; any other is not there.
func (d *Deps) deleteKey(r *api.Request) (api.Answer, error) {
	id := r.PathValue("id")
	key, err := d.Store.AccessKey(r.Context(), id)
	if err != nil {
		return api.Answer{}, err
	}
	if !access.Within(r.Key, key.Registries) {
		return api.Answer{}, shipbell.Errorf(shipbell.NotFound, "there is no access key %q", id)
	}
	if id == r.Key.ID {
		return api.Answer{}, shipbell.Errorf(shipbell.Conflict, "this is the key that you are using: delete it with another")
	}
	return api.Answer{Status: http.StatusNoContent}, d.Store.DeleteAccessKey(r.Context(), id)
}
