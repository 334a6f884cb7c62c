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
	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
)

// outcome is what became of a request.
type outcome struct {
	events []apiv1.ReceivedEvent
	// ignored are the parts of the request that are no events, and unmatched the events
	// that no trigger matched.
	ignored, unmatched []shipbell.IgnoredEvent
}

// process makes the deliveries of a decoded request, which continue its trace. When it
// gives no error they are durable.
func (d *Deps) process(ctx context.Context, rules *store.Rules, decoded source.Decoded, asked request) (*outcome, error) {
	o := &outcome{ignored: slices.Clone(decoded.Ignored)}
	// One after the other: what one decoded event teaches the catalog may complete the next.
	for _, incoming := range decoded.Events {
		event, reason, err := d.processEvent(ctx, rules, incoming, asked)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			o.ignored = append(o.ignored, incoming.Ignored(text.New(reason), true))
			continue
		}
		o.events = append(o.events, event)
		if len(event.Deliveries) == 0 {
			o.unmatched = append(o.unmatched, unmatched(rules, incoming, event.Action))
		}
	}
	d.logIgnored(ctx, rules.Registry.ID, slices.Concat(o.ignored, o.unmatched))
	return o, nil
}

// request is what a request says beside its events.
type request struct {
	trace shipbell.Trace
	// again is the token with which events that came before are made once more, or "".
	again string
}

// processEvent completes one decoded event from the catalog, makes the deliveries of its
// event and stores what it teaches: in one commit with the deliveries, or last, so that a
// decoded event that is sent again after a failure is completed as it was before. reason
// tells why it is no event.
func (d *Deps) processEvent(ctx context.Context, rules *store.Rules, incoming source.DecodedEvent, asked request) (event apiv1.ReceivedEvent, reason text.Code, err error) {
	if incoming.Verb == source.Pull && !rules.Set.Wants(shipbell.PullImage) && !rules.Set.Wants(shipbell.DownloadChart) {
		event, reason = unwanted(incoming)
		return event, reason, nil
	}
	catalog := d.Store.Catalog(rules.Registry.ID)
	resolved, err := source.Resolve(ctx, rules.Registry, incoming, catalog)
	if err != nil {
		return event, "", err
	}
	if resolved.Looked != nil && !rules.Fire(resolved.Looked) {
		return event, resolved.Reason, nil
	}
	reason = resolved.Reason
	if e := resolved.Event; e != nil {
		e.Trace = asked.trace
		if asked.again != "" {
			e.ID, resolved.Once = source.Again(incoming.EventID, asked.again), nil
		}
		if reason, err = d.claim(ctx, rules, e, resolved.Once); err != nil {
			return event, "", err
		}
		learned := false
		if reason == "" {
			event, learned, err = d.deliver(ctx, rules, e, asked.again == "", resolved.Learn)
		}
		if err != nil || learned {
			return event, reason, err
		}
	}
	return event, reason, catalog.Learn(ctx, resolved.Learn...)
}

// unwanted is what becomes of a pull where no trigger is about pulls. There are so many
// that nothing is read for one.
func unwanted(incoming source.DecodedEvent) (apiv1.ReceivedEvent, text.Code) {
	if incoming.Head {
		return apiv1.ReceivedEvent{}, text.IgnoredHead
	}
	return apiv1.ReceivedEvent{
		ID: incoming.EventID, Action: incoming.Action(), Repository: incoming.Repository, Deliveries: []shipbell.DeliveryID{},
	}, ""
}

// claim finds out whether another event already stands for what this one tells. If so, it
// takes that one's id, or answers the reason why it is ignored. Nothing is stored for an
// event that is not kept.
func (d *Deps) claim(ctx context.Context, rules *store.Rules, e *shipbell.Event, once *source.Once) (reason text.Code, err error) {
	if once == nil || !rules.Fire(e) && !keeps(rules, e) {
		return "", nil
	}
	owner, err := d.Store.Catalog(rules.Registry.ID).Claim(ctx, once.Key, e.ID, once.Expires)
	switch {
	case err != nil || owner == e.ID:
		return "", err
	case once.Reason != "":
		return once.Reason, nil
	}
	e.ID = owner
	return "", nil
}

// keeps reports whether an event is kept that no trigger matches.
func keeps(rules *store.Rules, e *shipbell.Event) bool {
	return rules.Registry.KeepUnmatched && e.Action != shipbell.PullImage && e.Action != shipbell.DownloadChart
}

// deliver stores a delivery for each target of the triggers that match an event, and
// sends messages about the new ones. If the registry merges bursts and so does the event,
// the event is stored as part of one, with a message for when it ends. learned tells that
// what the event teaches the catalog is stored too.
func (d *Deps) deliver(ctx context.Context, rules *store.Rules, e *shipbell.Event, merge bool, learn []shipbell.Record) (event apiv1.ReceivedEvent, learned bool, err error) {
	wake := waker{Deps: d, left: sendTime}
	created := func(created []shipbell.Delivery) { wake.send(ctx, created) }
	var accepted store.Accepted
	if merge && store.Joins(rules, e) {
		accepted, err = d.Store.Join(ctx, rules, e, created)
	} else {
		accepted, err = d.Store.Accept(ctx, rules.Registry.ID, e, rules.Set.Matches, created, learn...)
	}
	if accepted.Wake != nil {
		wake.sendAll(ctx, []platform.Message{*accepted.Wake}, func(int) slog.Attr { return slog.String("burst", accepted.Burst) })
	}
	if err == nil && accepted.Burst == "" && len(accepted.Deliveries) == 0 && keeps(rules, e) {
		accepted.Repeat, err = d.Store.KeepUnmatched(ctx, rules.Registry.ID, e)
	}
	return apiv1.ReceivedEvent{
		ID: e.ID, Action: e.Action, Repository: e.Repository.FullName, Deliveries: accepted.Deliveries, Repeat: accepted.Repeat, Burst: accepted.Burst,
	}, accepted.Learned, err
}

// sendTime bounds how long the queue may take for the deliveries of one event. A registry
// waits about five seconds for an answer, and the deliveries are durable by now.
const sendTime = 2 * time.Second

// waker sends messages about the new deliveries of one event.
type waker struct {
	*Deps
	left time.Duration
}

// send sends messages in the time that is left. Sweep finds the deliveries that the
// queue does not take in time.
func (w *waker) send(ctx context.Context, created []shipbell.Delivery) {
	messages := make([]platform.Message, len(created))
	for i := range created {
		var err error
		if messages[i], err = w.Store.Message(&created[i], 0); err != nil {
			w.Logger.LogAttrs(ctx, slog.LevelError, "message not sent, sweep will", slog.String("delivery", string(created[i].ID)), slog.Any("error", err))
			return
		}
	}
	w.sendAll(ctx, messages, func(i int) slog.Attr { return slog.String("delivery", string(created[i].ID)) })
}

// sendAll sends messages in the time that is left. about tells in the log what one is about.
func (w *waker) sendAll(ctx context.Context, messages []platform.Message, about func(i int) slog.Attr) {
	began := w.Now()
	ctx, cancel := context.WithTimeout(ctx, w.left)
	defer cancel()
	errs := platform.SendAll(ctx, w.Queue, messages...)
	w.left -= w.Now().Sub(began)
	for i, err := range errs {
		if err != nil && !errors.Is(err, platform.ErrFull) {
			w.Logger.LogAttrs(ctx, slog.LevelWarn, "message not sent, sweep will", about(i), slog.Any("error", err))
		}
	}
}

// unmatched is the record of an event that no trigger matched. Pulls are routine if no
// trigger has their action: there are many more of them than of all other events.
func unmatched(rules *store.Rules, incoming source.DecodedEvent, action shipbell.Action) shipbell.IgnoredEvent {
	pull := action == shipbell.PullImage || action == shipbell.DownloadChart
	event := incoming.Ignored(text.New(text.IgnoredUnmatched), pull && !rules.Set.Wants(action))
	event.Action = action // the catalog may have told more than the request
	return event
}

// logIgnored keeps the events that made no deliveries, for people who ask why. A failure
// is logged: nothing depends on it.
func (d *Deps) logIgnored(ctx context.Context, registry string, events []shipbell.IgnoredEvent) {
	if err := d.Store.Ignored().Add(ctx, registry, events...); err != nil {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "ignored events are forgotten", slog.String("registry", registry), slog.Any("error", err))
	}
}

// measure counts the events of a request, or the request if it failed.
func (d *Deps) measure(source string, o *outcome, err error) {
	switch {
	case err == nil:
		d.Metrics.Events(source, metrics.Matched, len(o.events)-len(o.unmatched))
		d.Metrics.Events(source, metrics.Unmatched, len(o.unmatched))
		d.Metrics.Events(source, metrics.Ignored, len(o.ignored))
	case api.Status(shipbell.KindOf(err)) < http.StatusInternalServerError:
		d.Metrics.Events(source, metrics.Refused, 1)
	default:
		d.Metrics.Events(source, metrics.Failed, 1)
	}
}

// attrs is what the log line of a request says of its outcome.
func (o *outcome) attrs(source string) []slog.Attr {
	deliveries := 0
	for _, event := range o.events {
		deliveries += len(event.Deliveries)
	}
	return []slog.Attr{
		slog.String("source", source), slog.Int("events", len(o.events)),
		slog.Int("ignored", len(o.ignored)), slog.Int("deliveries", deliveries),
	}
}
