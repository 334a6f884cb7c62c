// Package receive is the function that registries send their events to. It decodes a
// request, matches its events against the registry's triggers, and stores their
// deliveries before it answers.
//
// receive.go has the HTTP route, events.go takes events that come in other ways, and
// process.go has what both do with them.
package receive

import (
	"log/slog"
	"net/http"
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

// Deps are what the function needs.
type Deps struct {
	Router *api.Router
	Store  *store.Store
	Queue  platform.Queue
	// Metrics counts events; nil counts nothing.
	Metrics *metrics.Recorder
	Now     func() time.Time
	Logger  *slog.Logger
}

// New makes the function: POST /v1/events/{registry}.
func New(d Deps) http.Handler {
	return d.Router.Handler([]api.Route{
		{Pattern: "POST /v1/events/{registry}", Role: shipbell.RoleIngest, KeyInQuery: true, Handle: d.receive},
	})
}

// receive answers 202 once all deliveries of the request are durable. After any other
// answer the registry may send the request again: it makes the same deliveries.
func (d *Deps) receive(r *api.Request) (api.Answer, error) {
	decoded, o, err := d.take(r)
	d.measure(decoded.Source, o, err)
	if err != nil {
		return api.Answer{}, err
	}
	r.Log(o.attrs(decoded.Source)...)
	return api.Answer{Status: http.StatusAccepted, Body: o.body(r.Language())}, nil
}

func (d *Deps) take(r *api.Request) (decoded source.Decoded, o *outcome, err error) {
	rules, err := d.Store.Rules(r.Context(), r.Registry)
	if err != nil {
		return decoded, nil, err
	}
	if decoded, err = d.decode(r); err != nil {
		return decoded, nil, err
	}
	trace := shipbell.ReadTrace(r.Header)
	if !trace.IsZero() {
		r.Log(slog.String("traceparent", trace.String()))
	}
	o, err = d.process(r.Context(), rules, decoded, trace)
	return decoded, o, err
}

// decode reads and decodes the body. If the sender would repeat a refused request for
// ever, a body that is too large is ignored instead of refused.
func (d *Deps) decode(r *api.Request) (source.Decoded, error) {
	forced := r.URL.Query().Get("source")
	body, err := api.ReadBody(r.Request, api.MaxEvent)
	if shipbell.KindOf(err) == shipbell.TooLarge && source.Blocking(r.Header, forced) {
		return source.Decoded{Ignored: []shipbell.IgnoredEvent{{Reason: text.Of(err)}}}, nil
	}
	if err != nil {
		return source.Decoded{}, err
	}
	return source.Decode(source.Request{Header: r.Header, Body: body, Source: forced, ReceivedAt: d.Now()})
}

// body is the body of the answer.
func (o *outcome) body(l text.Language) apiv1.Received {
	b := apiv1.Received{Events: append([]apiv1.ReceivedEvent{}, o.events...), Ignored: make([]apiv1.Ignored, len(o.ignored))}
	for i, one := range o.ignored {
		b.Ignored[i] = apiv1.NewIgnored(one.EventID, one.Reason, l)
	}
	return b
}
