package tencent_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
)

// TestLoadsWhenInvoked: a function is loaded at the first invocation, again after a
// failure, and then never more.
func TestLoadsWhenInvoked(t *testing.T) {
	t.Parallel()
	var loaded atomic.Int64
	handle := tencent.Lazy(func(context.Context) (platform.Handlers, error) {
		if loaded.Add(1) == 1 {
			return platform.Handlers{}, errors.New("SHIPBELL_REDIS_URL is not set")
		}
		return platform.Handlers{Direct: func(_ context.Context, event []byte) ([]byte, error) { return event, nil }}, nil
	})
	if n := loaded.Load(); n != 0 {
		t.Errorf("loaded %d times before an invocation", n)
	}
	if _, err := handle(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "SHIPBELL_REDIS_URL is not set") {
		t.Errorf("the first invocation gave %v", err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := handle(t.Context(), []byte("{}")); err != nil || string(got) != "{}" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	all.Wait()
	if n := loaded.Load(); n != 2 {
		t.Errorf("loaded %d times, want 2", n)
	}
}

// handlers are one of each kind, each of which tells what is done with an event. The last
// takes messages out of a queue.
func handlers(q platform.Queue, did func(string)) map[string]tencent.Handler {
	web := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { did("http") })
	take := func(context.Context, []byte) error { did("taken"); return nil }
	made := map[string]tencent.Handler{}
	for name, h := range map[string]platform.Handlers{
		"http":   {HTTP: web},
		"events": {HTTP: web, Event: take},
		"direct": {HTTP: web, Direct: func(context.Context, []byte) ([]byte, error) { did("answered"); return nil, nil }},
		"timer":  {Timer: func(context.Context) error { did("timer"); return nil }},
		"queue":  {Message: take, Queue: q, Limit: time.Minute, Logger: slog.New(slog.DiscardHandler)},
	} {
		made[name] = tencent.NewHandler(h)
	}
	return made
}

// TestEventsAreToldApart hands every kind of event to every handler. What comes over
// HTTP goes to the handler or nowhere, whatever it holds besides.
func TestEventsAreToldApart(t *testing.T) {
	t.Parallel()
	const disguise = `"shipbell":"deliver","messages":["x"],"specversion":"1.0","data":{},"EventList":[{"data":{}}],"Type":"Timer"`
	events := map[string]string{
		"function url":           string(event(t, "function-url.json")),
		"api gateway":            string(event(t, "api-gateway.json")),
		"http in disguise":       `{"httpMethod":"GET",` + disguise + `}`,
		"no method":              `{"requestContext":{},` + disguise + `}`,
		"the method is null":     `{"httpMethod":null,` + disguise + `}`,
		"the method is spelt so": `{"HTTPMethod":"GET",` + disguise + `}`,
		"eventbridge":            string(event(t, "eventbridge.json")),
		"event list":             string(event(t, "eventlist.json")),
		"envelope":               string(event(t, "envelope.json")),
		"timer":                  `{"Type":"Timer","TriggerName":"minute","Time":"2026-02-21T11:49:00Z","Message":""}`,
		"admin key":              `{"shipbell":"create-admin-key"}`,
		"no JSON":                `{`,
	}
	got := map[string]map[string]string{}
	q := waiting(t)
	for handler := range handlers(q, nil) {
		got[handler] = map[string]string{}
		for name, text := range events {
			if err := q.Send(t.Context(), platform.Message{Group: "g", Body: []byte("x")})[0]; err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			_, err := handlers(q, func(what string) {
				mu.Lock()
				defer mu.Unlock()
				got[handler][name] = what
			})[handler](t.Context(), []byte(text))
			if did := got[handler][name]; (err == nil) != (did != "") {
				t.Errorf("%s, %s: %q, and the error is %v", handler, name, did, err)
			}
		}
	}
	web := func(also map[string]string) map[string]string {
		for _, name := range []string{"function url", "api gateway", "http in disguise", "the method is spelt so"} {
			also[name] = "http"
		}
		return also
	}
	want := map[string]map[string]string{
		"http":   web(map[string]string{}),
		"events": web(map[string]string{"eventbridge": "taken", "event list": "taken"}),
		"direct": web(map[string]string{"eventbridge": "answered", "event list": "answered", "envelope": "answered", "timer": "answered", "admin key": "answered"}),
		"timer":  {"eventbridge": "timer", "event list": "timer", "envelope": "timer", "timer": "timer", "admin key": "timer"},
		"queue":  {"envelope": "taken"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what became of the events (-want +got):\n%s", diff)
	}
}

// TestTimeIsKept: work ends before SCF ends the process, and a message's before its
// limit.
func TestTimeIsKept(t *testing.T) {
	t.Parallel()
	began := time.Now()
	ctx, cancel := context.WithDeadline(t.Context(), began.Add(time.Minute))
	defer cancel()
	var got []time.Duration
	note := func(ctx context.Context) error {
		at, _ := ctx.Deadline()
		got = append(got, at.Sub(began))
		return nil
	}
	noteMessage := func(ctx context.Context, _ []byte) error { return note(ctx) }
	web := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = note(r.Context()) })
	envelope, logger := event(t, "envelope.json"), slog.New(slog.DiscardHandler)
	for _, call := range []struct {
		handlers platform.Handlers
		event    []byte
	}{
		{platform.Handlers{Timer: note}, []byte("{}")},
		{platform.Handlers{HTTP: web}, event(t, "function-url.json")},
		{platform.Handlers{Event: noteMessage}, event(t, "eventbridge.json")},
		{platform.Handlers{Direct: func(ctx context.Context, _ []byte) ([]byte, error) { return nil, note(ctx) }}, []byte("{}")},
		{platform.Handlers{Message: noteMessage, Queue: waiting(t, "x"), Limit: time.Hour, Logger: logger}, envelope},
		{platform.Handlers{Message: noteMessage, Queue: waiting(t, "x"), Limit: 10 * time.Second, Logger: logger}, envelope},
	} {
		if _, err := tencent.NewHandler(call.handlers)(ctx, call.event); err != nil {
			t.Fatal(err)
		}
	}
	soon := 59500 * time.Millisecond
	// The limit of a message counts from its beginning.
	if limit := got[5]; limit < 10*time.Second || limit > 40*time.Second {
		t.Errorf("a message with a limit of 10 s may take %v", limit)
	}
	got[5] = soon
	if diff := cmp.Diff([]time.Duration{soon, soon, soon, soon, soon, soon}, got); diff != "" {
		t.Errorf("time left (-want +got):\n%s", diff)
	}
	failing := errors.New("no")
	if _, err := tencent.NewHandler(platform.Handlers{Timer: func(context.Context) error { return failing }})(t.Context(), []byte("{}")); !errors.Is(err, failing) {
		t.Errorf("the timer's handler gave %v", err)
	}
}
