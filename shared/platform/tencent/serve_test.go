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

	"github.com/shipbell/shipbell/shared/platform/tencent"
)

// TestOpensWhenInvoked: a door opens at the first invocation, again after a failure,
// and then never more.
func TestOpensWhenInvoked(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	door := tencent.Lazy(func(context.Context) (tencent.Door, error) {
		if opened.Add(1) == 1 {
			return nil, errors.New("SHIPBELL_REDIS_URL is not set")
		}
		return func(_ context.Context, event []byte) ([]byte, error) { return event, nil }, nil
	})
	if n := opened.Load(); n != 0 {
		t.Errorf("opened %d times before an invocation", n)
	}
	if _, err := door(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "SHIPBELL_REDIS_URL is not set") {
		t.Errorf("the first invocation gave %v", err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := door(t.Context(), []byte("x")); err != nil || string(got) != "x" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	all.Wait()
	if n := opened.Load(); n != 2 {
		t.Errorf("opened %d times, want 2", n)
	}
}

// doors are all of a room's, each telling what is done with an event.
func doors(did func(string)) map[string]tencent.Door {
	web := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { did("http") })
	take := func(context.Context, []byte) error { did("taken"); return nil }
	return map[string]tencent.Door{
		"http":   tencent.HTTP(web),
		"events": tencent.Events(web, take),
		"direct": tencent.Direct(web, func(context.Context, []byte) ([]byte, error) { did("answered"); return nil, nil }),
		"timer":  tencent.Timer(func(context.Context) error { did("timer"); return nil }),
		"queue":  tencent.Queue(slog.New(slog.DiscardHandler), time.Minute, take),
	}
}

// TestEventsAreToldApart hands every kind of event to every door. What comes over
// HTTP goes to the handler or nowhere, whatever it holds besides.
func TestEventsAreToldApart(t *testing.T) {
	t.Parallel()
	const disguise = `"shipbell":"deliver","messages":["x"],"specversion":"1.0","data":{},"EventList":[{"data":{}}],"Records":[{"Ckafka":{"msgBody":"x"}}],"Type":"Timer"`
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
		"ckafka":                 string(event(t, "ckafka.json")),
		"timer":                  `{"Type":"Timer","TriggerName":"minute","Time":"2026-02-21T11:49:00Z","Message":""}`,
		"admin key":              `{"shipbell":"create-admin-key"}`,
		"no JSON":                `{`,
	}
	got := map[string]map[string]string{}
	for door := range doors(nil) {
		got[door] = map[string]string{}
		for name, text := range events {
			var mu sync.Mutex
			_, err := doors(func(what string) {
				mu.Lock()
				defer mu.Unlock()
				got[door][name] = what
			})[door](t.Context(), []byte(text))
			if did := got[door][name]; (err == nil) != (did != "") {
				t.Errorf("%s, %s: %q, and the error is %v", door, name, did, err)
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
		"direct": web(map[string]string{"eventbridge": "answered", "event list": "answered", "envelope": "answered", "ckafka": "answered", "timer": "answered", "admin key": "answered"}),
		"timer":  {"eventbridge": "timer", "event list": "timer", "envelope": "timer", "ckafka": "timer", "timer": "timer", "admin key": "timer"},
		"queue":  {"envelope": "taken", "ckafka": "taken"},
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
	onMessage := func(ctx context.Context, _ []byte) error { return note(ctx) }
	web := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = note(r.Context()) })
	envelope := []byte(`{"shipbell":"deliver","messages":["x"]}`)
	for _, call := range []struct {
		door  tencent.Door
		event []byte
	}{
		{tencent.Timer(note), []byte("{}")},
		{tencent.HTTP(web), event(t, "function-url.json")},
		{tencent.Events(nil, onMessage), event(t, "eventbridge.json")},
		{tencent.Direct(nil, func(ctx context.Context, _ []byte) ([]byte, error) { return nil, note(ctx) }), []byte("{}")},
		{tencent.Queue(slog.Default(), time.Hour, onMessage), envelope},
		{tencent.Queue(slog.Default(), 10*time.Second, onMessage), envelope},
	} {
		if _, err := call.door(ctx, call.event); err != nil {
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
	if _, err := tencent.Timer(func(context.Context) error { return failing })(t.Context(), []byte("{}")); err != failing {
		t.Errorf("the timer's door gave %v", err)
	}
}
