// Package receive is the function that registries send their events to. It turns
// each into deliveries that are durable before it answers.
package receive

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/ignored"
	"github.com/shipbell/shipbell/shared/text"
)

// Deps are what the function needs.
type Deps struct {
	Door   *api.Door
	Store  *store.Store
	Queue  platform.Queue
	Now    func() time.Time
	Logger *slog.Logger
}

// New makes the function: POST /v1/events/{registry}.
func New(d Deps) http.Handler {
	return d.Door.Handler([]api.Route{
		{Pattern: "POST /v1/events/{registry}", Role: shipbell.RoleIngest, KeyInQuery: true, Handle: d.receive},
	})
}

// outcome is what became of a request.
type outcome struct {
	events []apiv1.ReceivedEvent
	// ignored are the parts of the request that are no events, and unmatched the events
	// that no trigger matched.
	ignored, unmatched []source.Ignored
}

// answer is the body of a 202.
func (o *outcome) answer(l text.Language) apiv1.Received {
	a := apiv1.Received{Events: append([]apiv1.ReceivedEvent{}, o.events...), Ignored: make([]apiv1.Ignored, len(o.ignored))}
	for i, one := range o.ignored {
		a.Ignored[i] = apiv1.NewIgnored(one.EventID, one.Reason, l)
	}
	return a
}

// receive answers 202 once everything that must come of the request is durable.
// Whoever gets another answer may send it again: it makes the same deliveries.
func (d *Deps) receive(r *api.Request) (api.Answer, error) {
	rules, err := d.Store.Rules(r.Context(), r.Registry)
	if err != nil {
		return api.Answer{}, err
	}
	decoded, err := d.decode(r)
	if err != nil {
		return api.Answer{}, err
	}
	o, err := d.takeAll(r.Context(), rules, decoded)
	if err != nil {
		return api.Answer{}, err
	}
	d.remember(r.Context(), r.Registry, o)
	r.Log(o.summary(decoded)...)
	return api.Answer{Status: http.StatusAccepted, Body: o.answer(r.Language())}, nil
}

// summary is what the log tells of an outcome.
func (o *outcome) summary(decoded source.Decoded) []slog.Attr {
	deliveries := 0
	for _, event := range o.events {
		deliveries += len(event.Deliveries)
	}
	return []slog.Attr{
		slog.String("source", decoded.Source), slog.Int("events", len(o.events)),
		slog.Int("ignored", len(o.ignored)), slog.Int("deliveries", deliveries),
	}
}

// decode reads the request. A sender that would repeat a refused request for ever
// gets no refusal for its content.
func (d *Deps) decode(r *api.Request) (source.Decoded, error) {
	forced := r.URL.Query().Get("source")
	body, err := api.ReadBody(r.Request, api.MaxEvent)
	if shipbell.KindOf(err) == shipbell.TooLarge && source.Blocking(r.Header, forced) {
		return source.Decoded{Ignored: []source.Ignored{{Reason: text.Of(err)}}}, nil
	}
	if err != nil {
		return source.Decoded{}, err
	}
	return source.Decode(source.Request{Header: r.Header, Body: body, Source: forced, ReceivedAt: d.Now()})
}

// takeAll does all for what a request says.
func (d *Deps) takeAll(ctx context.Context, rules *store.Rules, decoded source.Decoded) (*outcome, error) {
	o := &outcome{ignored: slices.Clone(decoded.Ignored)}
	// One after the other: a fact may need what the one before it taught.
	for _, fact := range decoded.Facts {
		event, reason, err := d.take(ctx, rules, fact)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			o.ignored = append(o.ignored, fact.Ignored(text.New(reason), true))
			continue
		}
		o.events = append(o.events, event)
		if len(event.Deliveries) == 0 {
			o.unmatched = append(o.unmatched, unmatched(rules, fact, event.Action))
		}
	}
	return o, nil
}

// unmatched is an event that no trigger matched. Pulls are routine where no trigger
// is about them: there are many more than of all else.
func unmatched(rules *store.Rules, fact source.Fact, action shipbell.Action) source.Ignored {
	pull := action == shipbell.PullImage || action == shipbell.DownloadChart
	event := fact.Ignored(text.New(text.IgnoredUnmatched), pull && !rules.Set.Wants(action))
	event.Action = action // the catalog may have told more than the fact
	return event
}

// remember keeps what made no deliveries for people who ask why. Nothing depends
// on it.
func (d *Deps) remember(ctx context.Context, registry string, o *outcome) {
	var events []ignored.Event
	for _, one := range slices.Concat(o.ignored, o.unmatched) {
		events = append(events, ignored.Event{
			EventID: one.EventID, Action: one.Action, Repository: one.Repository, Tag: one.Tag, Reason: one.Reason, Routine: one.Routine,
		})
	}
	if err := d.Store.Ignored().Add(ctx, registry, events...); err != nil {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "ignored events are forgotten", slog.String("registry", registry), slog.Any("error", err))
	}
}

// take does all for one fact: complete it from the catalog, match it, record its
// deliveries, wake deliver, and remember what it taught. The catalog comes last,
// so that a fact sent again after a failure finds what it found before.
func (d *Deps) take(ctx context.Context, rules *store.Rules, fact source.Fact) (event apiv1.ReceivedEvent, ignored text.Code, err error) {
	catalog := d.Store.Catalog(rules.Registry.ID)
	resolved, err := source.Resolve(ctx, rules.Registry, fact, catalog)
	if err != nil {
		return event, "", err
	}
	if e := resolved.Event; e != nil {
		event = apiv1.ReceivedEvent{ID: e.ID, Action: e.Action, Repository: e.Repository.FullName}
		if event.Deliveries, err = d.record(ctx, rules, e); err != nil {
			return event, "", err
		}
	}
	return event, resolved.Reason, catalog.Learn(ctx, resolved.Learn...)
}

// record makes the event's deliveries durable and wakes deliver.
func (d *Deps) record(ctx context.Context, rules *store.Rules, e *shipbell.Event) ([]shipbell.DeliveryID, error) {
	ids := []shipbell.DeliveryID{}
	matches := rules.Set.Match(nil, e)
	if len(matches) == 0 {
		return ids, nil
	}
	all, created, err := d.Store.Accept(ctx, rules.Registry.ID, e.ID, func(receivedAt time.Time) []shipbell.Delivery {
		return shipbell.NewDeliveries(rules.Registry.ID, e, matches, receivedAt)
	})
	if err != nil {
		return nil, err
	}
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	return ids, d.wake(ctx, created)
}

// wakeTime is how long the queue may take. Registries give up on an answer after
// about five seconds, and all that it is about is durable by then.
const wakeTime = 2 * time.Second

// wake enqueues new deliveries. One that the queue does not take, or not in time,
// is found by sweep: it costs time only.
func (d *Deps) wake(ctx context.Context, created []shipbell.Delivery) error {
	if len(created) == 0 {
		return nil
	}
	messages := make([]platform.Message, len(created))
	for i := range created {
		var err error
		if messages[i], err = store.Message(&created[i], 0); err != nil {
			return err
		}
	}
	sending, cancel := context.WithTimeout(ctx, wakeTime)
	defer cancel()
	for i, err := range platform.SendAll(sending, d.Queue, messages...) {
		if err != nil && !errors.Is(err, platform.ErrFull) {
			d.Logger.LogAttrs(ctx, slog.LevelWarn, "message not sent, sweep will", slog.String("delivery", string(created[i].ID)), slog.Any("error", err))
		}
	}
	return nil
}
