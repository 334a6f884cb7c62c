package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestReady asks for readiness: a store that failed is ready again as soon as it answers,
// and is asked at most once a second.
func TestReady(t *testing.T) {
	t.Parallel()
	var failure error
	now, probes := time.Now(), 0
	h := api.Ready(func(context.Context) error { probes++; return failure }, func() time.Time { return now })
	for _, test := range []struct {
		method string
		err    error
		status int
		want   string
	}{
		{"GET", nil, 200, `{"status":"ok","version":"` + shipbell.Version + `"}`},
		{"HEAD", nil, 200, `{"status":"ok","version":"` + shipbell.Version + `"}`},
		{"GET", errors.New("no space left at /secret/place"), 503, `{"title":"Service Unavailable","status":503,"code":"store-unavailable","detail":"the store cannot answer now: try again"}`},
		{"GET", nil, 200, `{"status":"ok","version":"` + shipbell.Version + `"}`},
		{"POST", nil, 405, `{"title":"Method Not Allowed","status":405,"code":"method-not-allowed","detail":"POST is not allowed here, only GET, HEAD"}`},
	} {
		failure, now = test.err, now.Add(time.Second)
		w := ask(h, "", test.method, "/readyz", "")
		if got := strings.TrimSpace(w.Body.String()); w.Code != test.status || got != test.want {
			t.Errorf("%s with the error %v: %d %s, want %d %s", test.method, test.err, w.Code, got, test.status, test.want)
		}
	}
	failure, probes, now = errors.New("gone"), 0, now.Add(time.Second)
	for range 3 {
		ask(h, "", "GET", "/readyz", "")
	}
	now = now.Add(-time.Hour) // a clock that was set back keeps no old result
	if w := ask(h, "", "GET", "/readyz", ""); probes != 2 || w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d probes, then %d", probes, w.Code)
	}
	if w := ask(api.Health(), "", "GET", "/healthz", ""); w.Code != http.StatusOK {
		t.Errorf("healthz: %d", w.Code)
	}
}
