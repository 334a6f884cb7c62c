package app

import (
	"context"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// Explanation tells what would become of the events of one request.
type Explanation struct {
	Events  []ExplainedEvent
	Ignored []shipbell.IgnoredEvent
}

// ExplainedEvent is an event with a verdict of every trigger, in the order of their
// numbers.
type ExplainedEvent struct {
	Event    shipbell.Event
	Triggers []match.Verdict
}

// BriefEvent is an event in brief, for Explain.
type BriefEvent struct {
	Action          shipbell.Action
	Repository, Tag string
}

// Explain tells for every trigger whether an event would fire it, and if not, which
// condition failed. Nothing is stored or sent.
func (a *App) Explain(ctx context.Context, key shipbell.AccessKey, registry string, b BriefEvent) (Explanation, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return Explanation{}, err
	}
	rules, err := a.Store.Rules(ctx, registry)
	if err != nil {
		return Explanation{}, err
	}
	event, err := b.event(rules.Registry, a.Now().Unix())
	if err != nil {
		return Explanation{}, err
	}
	return Explanation{Events: []ExplainedEvent{{Event: event, Triggers: rules.Set.Explain(&event)}}}, nil
}

// ExplainRequest is Explain for a request as a registry would send it, which may carry
// several events.
func (a *App) ExplainRequest(ctx context.Context, key shipbell.AccessKey, registry string, request source.Request) (Explanation, error) {
	if err := allow(key, shipbell.RoleViewer, registry); err != nil {
		return Explanation{}, err
	}
	rules, err := a.Store.Rules(ctx, registry)
	if err != nil {
		return Explanation{}, err
	}
	decoded, err := source.Decode(request)
	if err != nil {
		return Explanation{}, err
	}
	explained := Explanation{Ignored: decoded.Ignored}
	for _, incoming := range decoded.Events {
		resolved, err := source.Resolve(ctx, rules.Registry, incoming, a.Store.Catalog(registry))
		if err != nil {
			return Explanation{}, err
		}
		if resolved.Event == nil {
			explained.Ignored = append(explained.Ignored, incoming.Ignored(text.New(resolved.Reason), true))
			continue
		}
		explained.Events = append(explained.Events, ExplainedEvent{Event: *resolved.Event, Triggers: rules.Set.Explain(resolved.Event)})
	}
	return explained, nil
}

func (b BriefEvent) event(registry shipbell.Registry, now int64) (shipbell.Event, error) {
	if !b.Action.Valid() {
		return shipbell.Event{}, shipbell.InvalidField("action", text.NotOneOf, b.Action, shipbell.Actions())
	}
	if b.Repository == "" || len(b.Repository) > 255 {
		return shipbell.Event{}, shipbell.InvalidField("repository", text.EventRepositorySize)
	}
	if len(b.Tag) > 128 {
		return shipbell.Event{}, shipbell.InvalidField("tag", text.EventTagSize)
	}
	kind := "private"
	if registry.Public {
		kind = "public"
	}
	return shipbell.Event{
		ID: "dry-run", Action: b.Action, OccurAt: now,
		Repository: shipbell.Repository{FullName: b.Repository, Type: kind},
		Resources:  []shipbell.Resource{{Tag: b.Tag, URL: shipbell.ResourceURL(registry.Host, b.Repository, b.Tag, "")}},
	}, nil
}
