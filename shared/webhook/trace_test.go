package webhook_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/webhook"
)

// TestTraceGoesOn continues the trace of the event in the request, unless the user's own
// headers name one, and shows people the same.
func TestTraceGoesOn(t *testing.T) {
	trace := shipbell.Trace{ID: "4bf92f3577b34da6a3ce929d0e0e4736", Flags: "01", State: "a=1,b=2"}
	without := trace
	without.State = ""
	d := sample(shipbell.FormatTCR)
	d.Trace = trace
	own := []shipbell.Header{{Key: "traceparent", Values: secrets("mine")}}
	state := []shipbell.Header{{Key: "tracestate", Values: secrets("mine=1")}}
	for name, test := range map[string]struct {
		trace         shipbell.Trace
		headers       []shipbell.Header
		parent, state []string
	}{
		"none":                     {shipbell.Trace{}, nil, nil, nil},
		"a trace":                  {trace, nil, []string{d.Traceparent(3)}, []string{"a=1,b=2"}},
		"a trace without state":    {without, nil, []string{d.Traceparent(3)}, nil},
		"the user's own":           {trace, own, []string{"mine"}, nil},
		"the user's own, no trace": {shipbell.Trace{}, own, []string{"mine"}, nil},
		"the user's own state":     {without, state, []string{d.Traceparent(3)}, nil},
	} {
		url, got := recorder(t)
		target := shipbell.Target{URL: url, Headers: test.headers}
		d := sample(shipbell.FormatTCR)
		d.Trace = test.trace
		if o := newSender(safehttp.Options{}).Send(t.Context(), d, target, 3); !o.Succeeded() {
			t.Errorf("%s: outcome %+v", name, o)
		}
		want := http.Header{"Traceparent": test.parent, "Tracestate": test.state}
		if diff := cmp.Diff(want, http.Header{"Traceparent": got.Header["Traceparent"], "Tracestate": got.Header["Tracestate"]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		shown := webhook.Headers(d, target, shipbell.Attempt{Number: 3}, http.Header{"Content-Type": {"application/json"}})
		if test.headers == nil && shown.Get("Traceparent") != got.Header.Get("Traceparent") {
			t.Errorf("%s: shown %q", name, shown.Get("Traceparent"))
		}
	}
}
