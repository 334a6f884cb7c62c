package triggers

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
)

// short is a dry run's question in brief, instead of a whole event.
type short struct {
	Action     shipbell.Action `json:"action"`
	Repository string          `json:"repository"`
	Tag        string          `json:"tag"`
}

// explained is what would become of one event.
type explained struct {
	Event    shipbell.Event  `json:"event"`
	Triggers []match.Verdict `json:"triggers"`
}

// match tells for every trigger whether an event would fire it, and if not, which
// condition failed. Nothing is stored or sent.
func (d *Deps) match(r *api.Request) (api.Answer, error) {
	rules, err := d.Store.Rules(r.Context(), r.Registry)
	if err != nil {
		return api.Answer{}, err
	}
	body, err := api.ReadBody(r.Request, api.MaxEvent)
	if err != nil {
		return api.Answer{}, err
	}
	events, ignored, err := d.events(r, rules.Registry, body)
	if err != nil {
		return api.Answer{}, err
	}
	answer := struct {
		Events  []explained      `json:"events"`
		Ignored []source.Ignored `json:"ignored"`
	}{Events: []explained{}, Ignored: ignored}
	for i := range events {
		answer.Events = append(answer.Events, explained{Event: events[i], Triggers: rules.Set.Explain(&events[i])})
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, nil
}

// events reads the question: in brief, or as a registry would send it.
func (d *Deps) events(r *api.Request, registry shipbell.Registry, body []byte) ([]shipbell.Event, []source.Ignored, error) {
	ignored := []source.Ignored{}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) == nil && isShort(fields) {
		event, err := shortEvent(registry, body, d.Now().Unix())
		return []shipbell.Event{event}, ignored, err
	}
	decoded, err := source.Decode(source.Request{
		Header: r.Header, Body: body, Source: r.URL.Query().Get("source"), ReceivedAt: d.Now(),
	})
	if err != nil {
		return nil, nil, err
	}
	ignored = append(ignored, decoded.Ignored...)
	var events []shipbell.Event
	for _, fact := range decoded.Facts {
		resolved, err := source.Resolve(r.Context(), registry, fact, d.Store.Catalog(registry.ID))
		if err != nil {
			return nil, nil, err
		}
		if resolved.Event == nil {
			ignored = append(ignored, fact.Ignored(resolved.Reason, true))
			continue
		}
		events = append(events, *resolved.Event)
	}
	return events, ignored, nil
}

// isShort tells a question in brief from an event: an event has other fields.
func isShort(fields map[string]json.RawMessage) bool {
	for name := range fields {
		if name != "action" && name != "repository" && name != "tag" {
			return false
		}
	}
	return true
}

func shortEvent(registry shipbell.Registry, body []byte, now int64) (shipbell.Event, error) {
	var q short
	if err := api.DecodeBytes(body, &q); err != nil {
		return shipbell.Event{}, err
	}
	if !q.Action.Valid() {
		return shipbell.Event{}, shipbell.InvalidField("action", "%q is not one of %v", q.Action, shipbell.Actions())
	}
	if q.Repository == "" || len(q.Repository) > 255 {
		return shipbell.Event{}, shipbell.InvalidField("repository", "must have 1 to 255 bytes, such as public/nginx")
	}
	if len(q.Tag) > 128 {
		return shipbell.Event{}, shipbell.InvalidField("tag", "must have at most 128 bytes")
	}
	kind := "private"
	if registry.Public {
		kind = "public"
	}
	return shipbell.Event{
		ID: "dry-run", Action: q.Action, OccurAt: now,
		Repository: shipbell.Repository{FullName: q.Repository, Type: kind},
		Resources:  []shipbell.Resource{{Tag: q.Tag, URL: shipbell.ResourceURL(registry.Host, q.Repository, q.Tag, "")}},
	}, nil
}

const (
	maxNames    = 1000
	maxNameSize = 255
)

// testPattern tries a pattern on names.
func (d *Deps) testPattern(r *api.Request) (api.Answer, error) {
	var q struct {
		Field   string          `json:"field"`
		Dialect pattern.Dialect `json:"dialect"`
		Pattern string          `json:"pattern"`
		Names   []string        `json:"names"`
	}
	if err := api.Decode(r.Request, &q); err != nil {
		return api.Answer{}, err
	}
	field, known := map[string]pattern.Field{
		"namespace": pattern.Namespace, "repository": pattern.Repository, "tag": pattern.Tag,
	}[q.Field]
	if !known {
		return api.Answer{}, shipbell.InvalidField("field", "must be repository, tag or namespace")
	}
	if q.Dialect == "" {
		q.Dialect = pattern.TCR
	}
	if q.Dialect != pattern.TCR && q.Dialect != pattern.Doublestar {
		return api.Answer{}, shipbell.InvalidField("dialect", "must be tcr or doublestar")
	}
	if len(q.Names) > maxNames {
		return api.Answer{}, shipbell.InvalidField("names", "has %d names: at most %d", len(q.Names), maxNames)
	}
	pattern, err := pattern.Parse(q.Dialect, field, q.Pattern)
	if err != nil {
		return api.Answer{}, shipbell.InvalidField("pattern", "%v", err)
	}
	answer := struct {
		Effective []string `json:"effective"`
		Matches   []bool   `json:"matches"`
		Warnings  []string `json:"warnings"`
	}{Effective: pattern.Effective(), Matches: make([]bool, len(q.Names)), Warnings: append([]string{}, pattern.Warnings()...)}
	for i, name := range q.Names {
		if len(name) > maxNameSize {
			return api.Answer{}, shipbell.InvalidField(fmt.Sprintf("names[%d]", i), "is longer than %d bytes", maxNameSize)
		}
		answer.Matches[i] = pattern.Match(name)
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, nil
}
