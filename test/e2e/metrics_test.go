package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/measured"
	"github.com/shipbell/shipbell/test/redis"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/story"
)

// metricsOf finds the listener of a server that serves its metrics without a key.
func metricsOf(t *testing.T, s *server.Server) string {
	t.Helper()
	found := regexp.MustCompile(`msg=metrics url=(\S+)`).FindStringSubmatch(s.Log())
	if found == nil {
		t.Fatal("the log does not say where the metrics are")
	}
	return found[1]
}

// TestMetrics tells the story of the metrics and reads them with a key and without.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := server.Start(t, loopback, "--retry-waits=1s", "--metrics-listen=127.0.0.1:0")
	story.Metrics(t, s, tagged, scraper(s), func() int { return 1 })
	if _, err := measured.Scrape(metricsOf(t, s), ""); err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.Log(), "traceparent=00-") {
		t.Error("the log does not name the trace")
	}
}

// tagged is the event of a push to a tag of public/app.
func tagged(tag string) json.RawMessage {
	text, _ := json.Marshal(pushed("public", tag)) // it is made of texts and numbers
	return text
}

func scraper(s *server.Server) func() (measured.Values, error) {
	return func() (measured.Values, error) { return measured.Scrape(s.URL()+"/metrics", s.Key()) }
}

// stores are flags for each store of a server.
func stores(t *testing.T) map[string][]string {
	return map[string][]string{"local": nil, "redis": {sealKey, "--store=" + redis.Start(t).URL()}}
}

// TestHeldTargetIsMeasured tells of a target that does not answer.
func TestHeldTargetIsMeasured(t *testing.T) {
	t.Parallel()
	for name, flags := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server.Start(t, append(flags, loopback, "--attempt-timeout=1s")...)
			story.Held(t, s, tagged, scraper(s))
		})
	}
}

// TestQueueIsMeasured sends more deliveries than a target may have requests at once. Those
// that wait are measured, and how long they have.
func TestQueueIsMeasured(t *testing.T) {
	t.Parallel()
	const events, atOnce = 20, 8
	for name, flags := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server.Start(t, append(flags, loopback, "--attempt-timeout=60s")...)
			to := sink.Start(t)
			to.Hang()
			s.CreateTrigger(apiv1.TriggerSettings{
				Name: "pushes", Actions: []shipbell.Action{shipbell.PushImage}, Rule: shipbell.Rule{Namespace: "public"}, Targets: []apiv1.Target{{URL: to.URL()}},
			})
			for n := range events {
				s.Accept(tagged(fmt.Sprint("v", n)))
			}
			story.Measured(t, "the target does not answer", scraper(s), func(v measured.Values) bool {
				return v["QueueDepth"] == events-atOnce && v["QueueOldestAgeSeconds"] > 0
			})
			to.Release()
			s.WaitEnded(events, patience)
			story.Measured(t, "the target answers", scraper(s), func(v measured.Values) bool {
				return v["QueueDepth"] == 0 && v["QueueOldestAgeSeconds"] == 0 && v["DeliveriesSucceeded"] == events
			})
		})
	}
}

// TestMetricsNeedAKey asks for the metrics with keys of every kind.
func TestMetricsNeedAKey(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	key := func(role string, registries ...string) string {
		var made struct{ ID, Secret string }
		s.Call(http.StatusCreated, http.MethodPost, "/v1/keys", map[string]any{"role": role, "registries": registries}, &made)
		return made.ID + ":" + made.Secret
	}
	for name, test := range map[string]struct {
		key  string
		want int
	}{
		"none":                   {"", http.StatusUnauthorized},
		"a wrong one":            {"no:key", http.StatusUnauthorized},
		"ingest":                 {key("ingest"), http.StatusForbidden},
		"viewer":                 {key("viewer"), http.StatusOK},
		"admin":                  {s.Key(), http.StatusOK},
		"viewer of one registry": {key("viewer", "default"), http.StatusForbidden},
		"admin of one registry":  {key("admin", "default"), http.StatusForbidden},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.key != "" {
			r.Header.Set("Authorization", "Bearer "+test.key)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(answer.Body); err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if served := strings.Contains(body.String(), "shipbell_events_total{"); answer.StatusCode != test.want || served != (test.want == http.StatusOK) {
			t.Errorf("%s: %s, metrics %t, want %d", name, answer.Status, served, test.want)
		}
	}
}
