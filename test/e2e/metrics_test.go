package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/test/measured"
	"github.com/shipbell/shipbell/test/server"
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
	event := func(tag string) json.RawMessage {
		text, err := json.Marshal(pushed("public", tag))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	story.Metrics(t, s, event, func() (measured.Values, error) { return measured.Scrape(s.URL()+"/metrics", s.Key()) }, func() int { return 1 })
	if _, err := measured.Scrape(metricsOf(t, s), ""); err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.Log(), "traceparent=00-") {
		t.Error("the log does not name the trace")
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
