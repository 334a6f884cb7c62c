package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestEvents sends one event in every way that a registry can.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.trigger("default", "first", someURL)
	ingest := s.key(shipbell.RoleIngest, "default")
	withBasic := s.as("")
	withBasic.auth = basic(t, ingest)
	const at = "/v1/events/default"
	var first apiv1.Received
	repeats := 0
	for name, got := range map[string]answer{
		"an admin":            s.do("POST", at, pushed("public/nginx", "v1")),
		"bearer":              s.as(ingest).do("POST", at, pushed("public/nginx", "v1")),
		"basic":               withBasic.do("POST", at, pushed("public/nginx", "v1")),
		"query":               s.as("").do("POST", at+"?key="+ingest, pushed("public/nginx", "v1")),
		"query, escaped":      s.as("").do("POST", at+"?source=tcr&key="+url.QueryEscape(ingest), pushed("public/nginx", "v1")),
		"another type":        s.with("Content-Type", "text/plain").do("POST", at, pushed("public/nginx", "v1")),
		"a type that is none": s.with("Content-Type", "///").do("POST", at, pushed("public/nginx", "v1")),
	} {
		event := decode[apiv1.Received](got.want(http.StatusAccepted))
		// The same event makes the same answer, whoever sends it how often, but for this:
		if event.Events[0].Repeat {
			repeats++
		}
		event.Events[0].Repeat = false
		if first.Events == nil {
			first = event
			continue
		}
		if diff := cmp.Diff(first, event); diff != "" {
			t.Errorf("%s (-first +this):\n%s", name, diff)
		}
	}
	if len(first.Events) != 1 || len(first.Events[0].Deliveries) != 1 || first.Events[0].Action != "pushImage" || first.Events[0].Repository != "public/nginx" {
		t.Errorf("the answer is %+v", first)
	}
	if repeats != 6 {
		t.Errorf("%d of 7 answers tell of a repeat, want all but the first", repeats)
	}
	list := decode[apiv1.Deliveries](s.do("GET", deliveriesAt, nil).want(http.StatusOK))
	if len(list.Deliveries) != 1 {
		t.Errorf("there are %d deliveries of one event sent often", len(list.Deliveries))
	}
}

// TestEventsOfOneRequest sends several events at once: one delivery for each
// target of each trigger that matches, and reasons for the rest.
func TestEventsOfOneRequest(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.do("POST", "/v1/triggers/default", object{
		"name": "two-targets", "actions": []string{"pushImage"}, "rule": object{"tag": "v*"},
		"targets": []object{{"url": someURL}, {"url": someURL + "/2"}},
	}).want(http.StatusCreated)
	s.trigger("default", "all", someURL)
	const manifest = "application/vnd.oci.image.manifest.v1+json"
	var events []object
	for i, tag := range []string{"v1", "latest", "", "v2"} {
		events = append(events, object{"id": fmt.Sprint("e", i), "action": "push", "target": object{
			"mediaType": manifest, "repository": "public/nginx", "tag": tag, "digest": "sha256:9d4f",
		}})
	}
	got := decode[apiv1.Received](s.do("POST", "/v1/events/default", object{"events": events}).want(http.StatusAccepted))
	deliveries := map[string]int{}
	for _, e := range got.Events {
		deliveries[e.ID] = len(e.Deliveries)
	}
	if diff := cmp.Diff(map[string]int{"e0": 3, "e1": 1, "e3": 3}, deliveries); diff != "" {
		t.Errorf("deliveries of each event (-want +got):\n%s", diff)
	}
	if len(got.Ignored) != 1 || got.Ignored[0].EventID != "e2" || got.Ignored[0].Reason != "a push without a tag" {
		t.Errorf("ignored are %+v", got.Ignored)
	}
}

// TestEnvelopes posts what Event Grid asks before it sends events, and a body that cannot
// be unpacked.
func TestEnvelopes(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	asks := `[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","topic":"/t","subject":"","eventTime":"2026-11-30T10:00:00Z","dataVersion":"2","data":{"validationCode":"c0de","validationUrl":"https://rp-westeurope.eventgrid.azure.net/v"}}]`
	s.with("Aeg-Event-Type", "SubscriptionValidation").do("POST", "/v1/events/default", asks).want(http.StatusOK)
	s.with("Content-Encoding", "br").do("POST", "/v1/events/default", pushed("public/nginx", "v1")).want(http.StatusUnsupportedMediaType)
}
