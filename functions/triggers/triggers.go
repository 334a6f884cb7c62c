package triggers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const maxTriggers = 100

func (d *Deps) list(r *api.Request) (api.Answer, error) {
	limit, err := api.Limit(r, maxTriggers)
	if err != nil {
		return api.Answer{}, err
	}
	labels, err := wantedLabels(r)
	if err != nil {
		return api.Answer{}, err
	}
	cursor := api.Cursor{Sealer: d.Cursors, Query: fmt.Sprintf("triggers\x00%s\x00%q", r.Registry, labels)}
	position, err := cursor.Open(r.URL.Query().Get("cursor"))
	if err != nil {
		return api.Answer{}, err
	}
	after, _ := strconv.ParseInt(position, 10, 64) // "" is the beginning
	triggers, damaged, err := d.App.ListTriggers(r.Context(), r.Key, app.TriggerQuery{Registry: r.Registry, After: shipbell.ID(after), Limit: limit, Labels: labels})
	if err != nil {
		return api.Answer{}, err
	}
	answer := apiv1.Triggers{Triggers: make([]apiv1.Trigger, len(triggers)), Damaged: damaged}
	for i, t := range triggers {
		answer.Triggers[i] = apiv1.NewTrigger(t)
	}
	if len(triggers) == limit {
		answer.NextCursor, err = cursor.Seal(strconv.FormatInt(int64(triggers[limit-1].ID), 10))
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}

// wantedLabels reads the query parameter label, KEY=VALUE, which may come several
// times.
func wantedLabels(r *api.Request) (map[string]string, error) {
	labels := map[string]string{}
	for _, label := range r.URL.Query()["label"] {
		key, value, found := strings.Cut(label, "=")
		if !found {
			return nil, shipbell.InvalidField("label", text.LabelNotKeyValue, label)
		}
		labels[key] = value
	}
	return labels, nil
}

func (d *Deps) create(r *api.Request) (api.Answer, error) {
	dry, err := api.DryRun(r)
	if err != nil {
		return api.Answer{}, err
	}
	var request apiv1.TriggerRequest
	if err := api.Decode(r.Request, &request); err != nil {
		return api.Answer{}, err
	}
	t := shipbell.Trigger{Registry: r.Registry}
	request.Apply(&t)
	t, err = d.App.CreateTrigger(r.Context(), r.Key, t, dry)
	return answerTrigger(r, http.StatusCreated, t, dry), err
}

// answerTrigger is the answer about a trigger that was stored, or would be.
func answerTrigger(r *api.Request, status int, t shipbell.Trigger, dry bool) api.Answer {
	if dry {
		return api.Answer{Status: http.StatusNoContent}
	}
	answer := apiv1.NewTrigger(t)
	answer.Warnings = apiv1.NewFieldErrors(t.Rule.Warnings(), r.Language())
	return api.Answer{Status: status, Body: answer}
}

// triggerID is the number in the path, or 0, which no trigger has.
func triggerID(r *api.Request) shipbell.ID {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return shipbell.ID(id)
}

func (d *Deps) get(r *api.Request) (api.Answer, error) {
	t, err := d.App.Trigger(r.Context(), r.Key, r.Registry, triggerID(r))
	return api.Answer{Status: http.StatusOK, Body: apiv1.NewTrigger(t)}, err
}

func (d *Deps) replace(r *api.Request) (api.Answer, error) {
	return d.change(r, func(body []byte, t *shipbell.Trigger) error {
		var request apiv1.TriggerRequest
		if err := api.DecodeBytes(body, &request); err != nil {
			return err
		}
		request.Apply(t)
		return nil
	})
}

// patch changes the fields that are given; a list that is given replaces the one
// there was.
func (d *Deps) patch(r *api.Request) (api.Answer, error) {
	return d.change(r, func(body []byte, t *shipbell.Trigger) error {
		// Decoding into a list that is there would mix its elements with the new ones.
		request := apiv1.TriggerRequest{TriggerSettings: apiv1.TriggerSettings{Name: t.Name, Description: t.Description, Rule: t.Rule}}
		if err := api.DecodeBytes(body, &request); err != nil {
			return err
		}
		if request.Enabled == nil {
			request.Enabled = &t.Enabled
		}
		if request.Actions == nil {
			request.Actions = t.Actions
		}
		if request.Labels == nil {
			request.Labels = t.Labels
		}
		if request.Retry == nil {
			request.Retry = t.Retry
		}
		targets := t.Targets
		request.Apply(t)
		if request.Targets == nil {
			t.Targets = targets
		}
		return nil
	})
}

// change edits the trigger that the path names by the request's body.
func (d *Deps) change(r *api.Request, edit func(body []byte, t *shipbell.Trigger) error) (api.Answer, error) {
	dry, err := api.DryRun(r)
	if err != nil {
		return api.Answer{}, err
	}
	body, err := api.ReadBody(r.Request, api.MaxBody)
	if err != nil {
		return api.Answer{}, err
	}
	t, err := d.App.ChangeTrigger(r.Context(), r.Key, app.TriggerChange{
		Registry: r.Registry, ID: triggerID(r), Version: version(r), DryRun: dry,
		Edit: func(t *shipbell.Trigger) error { return edit(body, t) },
	})
	return answerTrigger(r, http.StatusOK, t, dry), err
}

// version is the one that the If-Match header names: 0 for any, and one that no
// trigger has if it cannot be read.
func version(r *api.Request) int64 {
	header := r.Header.Get("If-Match")
	if header == "" || header == "*" {
		return 0
	}
	version, err := strconv.ParseInt(strings.Trim(header, `"`), 10, 64)
	if err != nil || version < 1 {
		return -1
	}
	return version
}

func (d *Deps) delete(r *api.Request) (api.Answer, error) {
	return api.Answer{Status: http.StatusNoContent}, d.App.DeleteTrigger(r.Context(), r.Key, r.Registry, triggerID(r), version(r))
}
