// Package receive is the function that registries send their events to. It decodes a
// request, matches its events against the registry's triggers, and stores their
// deliveries before it answers.
//
// receive.go has the HTTP routes, address.go the spellings of their address, envelope.go
// what is undone before an event is read, events.go takes events that come in other ways,
// process.go has what is done with all of them, and refused.go what is remembered of a
// request that is refused.
package receive

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/sender"
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
	// SNS verifies messages of Amazon SNS and confirms subscriptions; with nil none is
	// confirmed and the access key is the only proof.
	SNS *sender.SNS
	// Google verifies tokens of Google's Pub/Sub; with nil the access key is the only proof.
	Google *sender.Google
	// Metrics counts events; nil counts nothing.
	Metrics *metrics.Recorder
	Now     func() time.Time
	Logger  *slog.Logger
}

// New makes the function: POST /v1/events/{registry} in any spelling, and OPTIONS for
// those who ask first.
func New(d Deps) http.Handler {
	return Tolerant(d.Router.Handler([]api.Route{
		{Pattern: "POST /v1/events/{registry}", Role: shipbell.RoleIngest, KeyInQuery: true, AnyQuery: true, Handle: d.receive, Refused: d.refused},
		{Pattern: "OPTIONS /v1/events/{registry}", Role: shipbell.RoleIngest, KeyInQuery: true, AnyQuery: true, Handle: d.options},
	}))
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
	if decoded.Validation != "" {
		return validated(decoded.Validation), nil
	}
	return api.Answer{Status: http.StatusAccepted, Body: o.body(r.Language())}, nil
}

func (d *Deps) take(r *api.Request) (decoded source.Decoded, o *outcome, err error) {
	asked := request{trace: shipbell.ReadTrace(r.Header)}
	if asked.again, err = again(r); err != nil {
		return decoded, nil, err
	}
	rules, err := d.Store.Rules(r.Context(), r.Registry)
	if err != nil {
		return decoded, nil, err
	}
	if decoded, err = d.decode(r, rules.Registry); err != nil {
		return decoded, nil, err
	}
	if !asked.trace.IsZero() {
		r.Log(slog.String("traceparent", asked.trace.String()))
	}
	o, err = d.process(r.Context(), rules, decoded, asked)
	return decoded, o, err
}

// again is the token of ?again=, with which an admin makes other events of those that came
// before. The token is part of their ids, so that a request that is repeated makes no more.
func again(r *api.Request) (token string, err error) {
	query := r.URL.Query()
	if !query.Has("again") {
		return "", nil
	}
	if err := access.Allow(r.Key, shipbell.RoleAdmin); err != nil {
		return "", err
	}
	if token = query.Get("again"); !shipbell.ValidName(token) {
		return "", shipbell.InvalidField("again", text.AgainInvalid)
	}
	return token, nil
}

// body is the body of the answer.
func (o *outcome) body(l text.Language) apiv1.Received {
	b := apiv1.Received{Events: append([]apiv1.ReceivedEvent{}, o.events...), Ignored: make([]apiv1.Ignored, len(o.ignored))}
	for i, one := range o.ignored {
		b.Ignored[i] = apiv1.NewIgnored(one.EventID, one.Reason, l)
	}
	return b
}
