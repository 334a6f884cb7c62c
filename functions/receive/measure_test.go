package receive_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/test/measured"
)

// TestEventsAreCounted counts events by their source and by what became of them.
func TestEventsAreCounted(t *testing.T) {
	t.Parallel()
	s := newService(t, "http://one/")
	sink, recorder := measured.New()
	logger := slog.New(slog.NewTextHandler(&s.log, nil))
	d := receive.Deps{Router: &api.Router{Keys: s.store, Logger: logger, Now: s.clock}, Store: s.store, Queue: s.queue, Metrics: recorder, Now: s.clock, Logger: logger}
	s.handler = receive.New(d)
	const path = "/v1/events/default"
	pushed := push("one", "v1")
	s.send(path, "application/json", pushed)
	s.send(path, "application/json", pushed) // it is sent again
	s.send(path, "application/json", strings.Replace(push("two", "v1"), `"push"`, `"delete"`, 1))
	s.send(path, "application/json", strings.Replace(push("three", "v1"), `"push"`, `"mount"`, 1))
	s.send(path, "application/json", `[]`)
	s.send(path+"?source=none", "application/json", pushed)
	s.send("/v1/events/unknown", "application/json", pushed)
	s.kv.from, s.kv.to = s.kv.calls.Load()+1, 1<<62
	s.send(path, "application/json", push("four", "v1"))
	want := measured.Values{
		"distribution/EventsMatched": 2, "distribution/EventsUnmatched": 1, "distribution/EventsIgnored": 1,
		"unknown/EventsRefused": 3, "distribution/EventsFailed": 1,
	}
	if diff := cmp.Diff(want, sink.Values()); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, &s.log)
	}
}

// TestTraceIsStored stores the trace of a request with its deliveries and logs it. One that
// is not valid is ignored: the event is accepted all the same.
func TestTraceIsStored(t *testing.T) {
	t.Parallel()
	s := newService(t, "http://one/")
	for i, test := range []struct{ sent, want string }{
		{"", ""},
		{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736"},
		{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", ""},
		{"no trace\x00", ""},
	} {
		s.log.Reset()
		r := httptest.NewRequest(http.MethodPost, "/v1/events/default", strings.NewReader(push(fmt.Sprint(i), "v1")))
		r.Header.Set("Authorization", "Bearer "+s.key)
		if test.sent != "" {
			r.Header["Traceparent"] = []string{test.sent}
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		d, err := s.store.Delivery(t.Context(), "default", ids(t, w)[0])
		if err != nil || d.Trace.ID != test.want {
			t.Errorf("%q: kept %+v, %v", test.sent, d.Trace, err)
		}
		if logged := strings.Contains(s.log.String(), "traceparent="+test.sent); logged != (test.want != "") && test.sent != "" {
			t.Errorf("%q: logged %t: %s", test.sent, logged, &s.log)
		}
	}
}
