package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/measured"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// The trace of the events of Metrics.
const (
	traceID    = "4bf92f3577b34da6a3ce929d0e0e4736"
	traced     = "00-" + traceID + "-00f067aa0ba902b7-01"
	traceState = "vendor=opaque"
)

// Metrics sends events with every kind of end and compares what was measured of them. read
// gives all that was measured since the start, and starts is how many processes there
// were. event makes the event of a push to a tag of public/app. The events bring a trace,
// which every request to the target continues.
func Metrics(t testing.TB, srv *server.Server, event func(tag string) json.RawMessage, read func() (measured.Values, error), starts func() int) {
	t.Helper()
	to := sink.Start(t)
	to.Respond(func(_ int, r *sink.Received) (int, http.Header, string) {
		switch {
		case r.URI == "/gone":
			return http.StatusGone, nil, ""
		case r.URI == "/never", r.URI == "/later" && r.Header.Get("X-Shipbell-Attempt") == "1":
			return http.StatusServiceUnavailable, nil, ""
		}
		return http.StatusOK, nil, ""
	})
	// Before the first event: a process uses the triggers that it has read for a second.
	triggers := map[string]apiv1.Trigger{}
	names := []string{"well", "gone", "later", "never"}
	for _, name := range names {
		triggers[name] = srv.CreateTrigger(apiv1.TriggerSettings{
			Name: name, Actions: []shipbell.Action{shipbell.PushImage}, Rule: shipbell.Rule{Namespace: "public", Tag: name},
			Targets: []apiv1.Target{{URL: to.URL() + "/" + name}},
		})
	}
	for _, name := range names {
		post(t, srv, http.StatusAccepted, event(name))
	}
	srv.WaitFor(client.DeliveryQuery{}, func(all []apiv1.Delivery) bool {
		return slices.ContainsFunc(all, func(d apiv1.Delivery) bool {
			return d.TriggerName == "never" && len(d.Attempts) == 1 && d.Attempts[0].StatusCode == http.StatusServiceUnavailable
		})
	}, patience)
	srv.Call(http.StatusNoContent, http.MethodDelete, fmt.Sprintf("/v1/triggers/default/%d", triggers["never"].ID), nil, nil)
	post(t, srv, http.StatusAccepted, event("unmatched"))
	post(t, srv, http.StatusAccepted, bytes.Replace(event("ignored"), []byte("pushImage"), []byte("scanImage"), 1))
	post(t, srv, http.StatusBadRequest, json.RawMessage(`{"neither":"nor"}`))
	srv.WaitEnded(4, patience)

	want := measured.Values{
		"tcr/EventsMatched": 4, "tcr/EventsUnmatched": 1, "tcr/EventsIgnored": 1, "unknown/EventsRefused": 1,
		"DeliveriesPending": 4, "DeliveriesSucceeded": 2, "DeliveriesFailed": 1, "DeliveriesCancelled": 1,
		"AttemptsSucceeded": 2, "Attempts4xx": 1, "Attempts5xx": 2, "AttemptSeconds": 5,
		"FirstAttemptDelaySeconds": 4, "RetryLatenessSeconds": 1, "EndToEndSeconds": 2,
	}
	var diff string
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if diff = compareMetrics(t, want, read, starts); diff == "" || time.Now().After(deadline) {
			break
		}
	}
	if diff != "" {
		t.Errorf("what was measured (-want +got):\n%s", diff)
	}
	continued(t, to.Requests())
}

func compareMetrics(t testing.TB, want measured.Values, read func() (measured.Values, error), starts func() int) string {
	got, err := read()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range got {
		// What sweep measures depends on when it ran.
		switch name {
		case "SweepsFinished", "DueOldestAgeSeconds", "QueueDepth", "QueueOldestAgeSeconds": // see Held, and TestQueueIsMeasured
			delete(got, name)
		case "SetAsideRecords", "OpenCircuits":
			if value == 0 {
				delete(got, name)
			}
		}
	}
	want["ColdStarts"] = float64(starts())
	return gocmp.Diff(want, got)
}

// continued checks that requests continue the trace, each with a parent id of its own.
func continued(t testing.TB, requests []*sink.Received) {
	t.Helper()
	seen := map[string]bool{traced: true}
	for _, r := range requests {
		parent := r.Header.Get("traceparent")
		if !strings.HasPrefix(parent, "00-"+traceID+"-") || !strings.HasSuffix(parent, "-01") || seen[parent] || r.Header.Get("tracestate") != traceState {
			t.Errorf("%s: traceparent %q, tracestate %q", r.URI, parent, r.Header.Get("tracestate"))
		}
		seen[parent] = true
	}
	if len(requests) != 5 {
		t.Errorf("%d requests, want 5", len(requests))
	}
}

func post(t testing.TB, srv *server.Server, want int, event json.RawMessage) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL()+"/v1/events/default", bytes.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+srv.Key())
	r.Header.Set("traceparent", traced)
	r.Header.Set("tracestate", traceState)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != want {
		t.Fatalf("%.100s: %s, want %d", event, answer.Status, want)
	}
}
