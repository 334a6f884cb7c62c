package triggers

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// settings are the fields of a trigger that a user may set.
type settings struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Enabled     *bool             `json:"enabled"`
	Actions     []shipbell.Action `json:"actions"`
	Rule        shipbell.Rule     `json:"rule"`
	Targets     []shipbell.Target `json:"targets"`
	readOnly
}

// readOnly are the fields that a trigger comes with and that may be sent back, so
// that what was read can be written; their values are passed over.
type readOnly struct {
	ID        json.RawMessage `json:"id"`
	Registry  json.RawMessage `json:"registry"`
	Version   json.RawMessage `json:"version"`
	CreatedAt json.RawMessage `json:"created_at"`
	UpdatedAt json.RawMessage `json:"updated_at"`
}

// apply sets t's fields. A trigger is enabled unless it says otherwise.
func (s *settings) apply(t *shipbell.Trigger) {
	t.Name, t.Description, t.Actions, t.Rule, t.Targets = s.Name, s.Description, s.Actions, s.Rule, s.Targets
	t.Enabled = s.Enabled == nil || *s.Enabled
	t.Normalise()
}

const maxTriggers = 100

func (d *Deps) list(r *api.Request) (api.Answer, error) {
	limit, err := api.Limit(r, maxTriggers)
	if err != nil {
		return api.Answer{}, err
	}
	cursor := api.Cursor{Sealer: d.Cursors, Query: "triggers\x00" + r.Registry}
	position, err := cursor.Open(r.URL.Query().Get("cursor"))
	if err != nil {
		return api.Answer{}, err
	}
	after, _ := strconv.ParseInt(position, 10, 64) // "" is the beginning
	triggers, err := d.Store.Triggers(r.Context(), r.Registry, shipbell.ID(after), limit)
	if err != nil {
		return api.Answer{}, err
	}
	answer := struct {
		Triggers   []shipbell.Trigger `json:"triggers"`
		NextCursor string             `json:"next_cursor"`
	}{Triggers: []shipbell.Trigger{}}
	for _, t := range triggers {
		answer.Triggers = append(answer.Triggers, t.SeenBy(r.Key.Role))
	}
	if len(triggers) == limit {
		answer.NextCursor, err = cursor.Seal(strconv.FormatInt(int64(triggers[limit-1].ID), 10))
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}

func (d *Deps) create(r *api.Request) (api.Answer, error) {
	dry, err := api.DryRun(r)
	if err != nil {
		return api.Answer{}, err
	}
	if _, err := d.Store.Registry(r.Context(), r.Registry); err != nil {
		return api.Answer{}, err
	}
	var s settings
	if err := api.Decode(r.Request, &s); err != nil {
		return api.Answer{}, err
	}
	t := shipbell.Trigger{Registry: r.Registry}
	s.apply(&t)
	if err := t.Validate(); err != nil {
		return api.Answer{}, err
	}
	if dry {
		return api.Answer{Status: http.StatusNoContent}, d.Store.CheckName(r.Context(), t)
	}
	t, err = d.Store.CreateTrigger(r.Context(), t)
	return api.Answer{Status: http.StatusCreated, Body: t.SeenBy(r.Key.Role)}, err
}

// named reads the trigger that the path names.
func (d *Deps) named(r *api.Request) (shipbell.Trigger, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		id = 0 // which no trigger has
	}
	return d.Store.Trigger(r.Context(), r.Registry, shipbell.ID(id))
}

func (d *Deps) get(r *api.Request) (api.Answer, error) {
	t, err := d.named(r)
	return api.Answer{Status: http.StatusOK, Body: t.SeenBy(r.Key.Role)}, err
}

func (d *Deps) replace(r *api.Request) (api.Answer, error) {
	old, err := d.named(r)
	if err != nil {
		return api.Answer{}, err
	}
	var s settings
	if err := api.Decode(r.Request, &s); err != nil {
		return api.Answer{}, err
	}
	return d.change(r, old, s)
}

// patch changes the fields that are given; a list that is given replaces the one
// there was.
func (d *Deps) patch(r *api.Request) (api.Answer, error) {
	old, err := d.named(r)
	if err != nil {
		return api.Answer{}, err
	}
	s := settings{Name: old.Name, Description: old.Description, Rule: old.Rule}
	// Decoding into a list that is there would mix its elements with the new ones,
	// and into a pointer would change what it points to.
	if err := api.Decode(r.Request, &s); err != nil {
		return api.Answer{}, err
	}
	if s.Enabled == nil {
		s.Enabled = &old.Enabled
	}
	if s.Actions == nil {
		s.Actions = old.Actions
	}
	if s.Targets == nil {
		s.Targets = old.Targets
	}
	return d.change(r, old, s)
}

// change stores new settings of a trigger, if it is still as the client and this
// call know it.
func (d *Deps) change(r *api.Request, old shipbell.Trigger, s settings) (api.Answer, error) {
	dry, err := api.DryRun(r)
	if err == nil {
		err = matchVersion(r, old.Version)
	}
	if err != nil {
		return api.Answer{}, err
	}
	t := old
	s.apply(&t)
	if err := t.Change(old); err != nil {
		return api.Answer{}, err
	}
	if dry {
		return api.Answer{Status: http.StatusNoContent}, d.Store.CheckName(r.Context(), t)
	}
	t, err = d.Store.ChangeTrigger(r.Context(), old, t)
	return api.Answer{Status: http.StatusOK, Body: t.SeenBy(r.Key.Role)}, err
}

// matchVersion holds a request to the version that its If-Match header names.
func matchVersion(r *api.Request, version int64) error {
	header := r.Header.Get("If-Match")
	if header == "" || header == "*" {
		return nil
	}
	if strings.Trim(header, `"`) != strconv.FormatInt(version, 10) {
		return shipbell.Errorf(shipbell.Stale, "the trigger has changed: its version is %d now", version)
	}
	return nil
}

func (d *Deps) delete(r *api.Request) (api.Answer, error) {
	t, err := d.named(r)
	if err != nil {
		return api.Answer{}, err
	}
	if err := matchVersion(r, t.Version); err != nil {
		return api.Answer{}, err
	}
	return api.Answer{Status: http.StatusNoContent}, d.Store.RemoveTrigger(r.Context(), r.Registry, t.ID)
}
