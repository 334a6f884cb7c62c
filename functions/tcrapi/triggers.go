package tcrapi

import (
	"log/slog"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// registry checks that a call is about a registry that there is and that its key may
// touch.
func (d *Deps) registry(r *api.Request, id string) error {
	if id == "" {
		return missing("RegistryId")
	}
	r.Log(slog.String("registry", id))
	_, err := d.App.Registry(r.Context(), r.Key, id)
	return err
}

// change is a call that writes a trigger.
type change struct {
	RegistryID string          `json:"RegistryId"`
	Namespace  string          `json:"Namespace"`
	Trigger    *triggerRequest `json:"Trigger"`
}

func (d *Deps) decodeChange(r *api.Request, parameters []byte) (c change, err error) {
	if err := api.DecodeBytes(parameters, &c); err != nil {
		return c, err
	}
	if err := d.registry(r, c.RegistryID); err != nil {
		return c, err
	}
	if c.Namespace == "" {
		return c, missing("Namespace")
	}
	if c.Trigger != nil {
		err = c.Trigger.checkNamespace(c.Namespace)
	}
	return c, err
}

func (d *Deps) create(r *api.Request, parameters []byte) (response, error) {
	c, err := d.decodeChange(r, parameters)
	if err != nil {
		return response{}, err
	}
	if c.Trigger == nil {
		return response{}, missing("Trigger")
	}
	if err := c.Trigger.required(); err != nil {
		return response{}, err
	}
	t := shipbell.Trigger{Registry: c.RegistryID, Rule: shipbell.Rule{Namespace: parseNamespace(c.Namespace)}}
	if err := c.Trigger.apply(&t); err != nil {
		return response{}, err
	}
	t, err = d.App.CreateTrigger(r.Context(), r.Key, t, false)
	if err != nil {
		return response{}, inTCRWords(err)
	}
	shown := view(r.Key, &t)
	return response{Trigger: &shown}, nil
}

// modify changes the fields that are given, whatever version the trigger has. Terraform
// gives no trigger where only tags have changed.
func (d *Deps) modify(r *api.Request, parameters []byte) (response, error) {
	c, err := d.decodeChange(r, parameters)
	if err != nil || c.Trigger == nil {
		return response{}, err
	}
	t, err := d.named(r, c.RegistryID, c.Namespace, "Trigger.Id", c.Trigger.ID)
	if err != nil {
		return response{}, err
	}
	var wrong error // what is wrong already names TCR's fields
	_, err = d.App.ChangeTrigger(r.Context(), r.Key, app.TriggerChange{
		Registry: c.RegistryID, ID: t.ID,
		Edit: func(t *shipbell.Trigger) error {
			wrong = c.Trigger.apply(t)
			return wrong
		},
	})
	if wrong == nil {
		err = inTCRWords(err)
	}
	return response{}, err
}

// query is a call that names triggers.
type query struct {
	RegistryID string `json:"RegistryId"`
	Namespace  string `json:"Namespace"`
	ID         scalar `json:"Id"`
	Limit      scalar `json:"Limit"`
	Offset     scalar `json:"Offset"`
}

func (d *Deps) decodeQuery(r *api.Request, parameters []byte) (q query, err error) {
	if err := api.DecodeBytes(parameters, &q); err != nil {
		return q, err
	}
	return q, d.registry(r, q.RegistryID)
}

// page reads how much of a list to answer; a limit of 0 is none given.
func (q *query) page(standard int64) (offset, limit int, err error) {
	from, err := q.Offset.integer("Offset", 0, 0)
	if err != nil {
		return 0, 0, err
	}
	most, err := q.Limit.integer("Limit", 0, 0)
	if most == 0 {
		most = standard
	}
	return int(from), int(most), err
}

func (d *Deps) delete(r *api.Request, parameters []byte) (response, error) {
	q, err := d.decodeQuery(r, parameters)
	if err != nil {
		return response{}, err
	}
	if q.Namespace == "" {
		return response{}, missing("Namespace")
	}
	t, err := d.named(r, q.RegistryID, q.Namespace, "Id", q.ID)
	if err != nil {
		return response{}, err
	}
	return response{}, d.App.DeleteTrigger(r.Context(), r.Key, q.RegistryID, t.ID, 0)
}

// describe lists triggers in the order of their numbers: all of them, unless the call
// gives a limit.
func (d *Deps) describe(r *api.Request, parameters []byte) (response, error) {
	q, err := d.decodeQuery(r, parameters)
	if err != nil {
		return response{}, err
	}
	triggers, err := d.inNamespace(r, q.RegistryID, q.Namespace)
	if err != nil {
		return response{}, err
	}
	total := len(triggers)
	offset, limit, err := q.page(int64(total))
	if err != nil {
		return response{}, err
	}
	answer := response{TotalCount: &total, Triggers: []webhookTrigger{}}
	for _, t := range rows(triggers, offset, limit) {
		answer.Triggers = append(answer.Triggers, view(r.Key, &t))
	}
	return answer, nil
}

// inNamespace reads the triggers of a namespace of a registry, or all for "". They
// are those of this moment: a client that made one expects to see it.
func (d *Deps) inNamespace(r *api.Request, registry, name string) (triggers []shipbell.Trigger, err error) {
	const page = 1000
	for last := shipbell.ID(0); ; {
		some, _, err := d.App.ListTriggers(r.Context(), r.Key, app.TriggerQuery{Registry: registry, After: last, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, t := range some {
			if last = t.ID; name == "" || name == namespace(t.Rule) {
				triggers = append(triggers, t)
			}
		}
		if len(some) < page {
			return triggers, nil
		}
	}
}

// named reads the trigger that a call names by its number. One of another namespace
// is not there.
func (d *Deps) named(r *api.Request, registry, name, field string, id scalar) (shipbell.Trigger, error) {
	if id == "" {
		return shipbell.Trigger{}, missing(field)
	}
	number, err := id.integer(field, 0, 0)
	if err != nil {
		return shipbell.Trigger{}, err
	}
	t, err := d.App.Trigger(r.Context(), r.Key, registry, shipbell.ID(number))
	if err != nil {
		return shipbell.Trigger{}, err
	}
	if name != namespace(t.Rule) {
		return shipbell.Trigger{}, shipbell.NewError(shipbell.NotFound, text.TCRTriggerUnknown, number, name)
	}
	return t, nil
}
