package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestRoot leads a browser to the console, and nothing else.
func TestRoot(t *testing.T) {
	t.Parallel()
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	const browser = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
	for name, tt := range map[string]struct {
		method, target, accept, authorization string
		want                                  int
	}{
		"browser":     {"GET", "/", browser, "", http.StatusSeeOther},
		"curl":        {"GET", "/", "*/*", "", http.StatusTeapot},
		"signed":      {"GET", "/", browser, "TC3-HMAC-SHA256 …", http.StatusTeapot},
		"old signed":  {"GET", "/?Action=DescribeWebhookTrigger", browser, "", http.StatusTeapot},
		"TCR's calls": {"POST", "/", browser, "", http.StatusTeapot},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w := httptest.NewRequest(tt.method, tt.target, nil), httptest.NewRecorder()
			r.Header.Set("Accept", tt.accept)
			if tt.authorization != "" {
				r.Header.Set("Authorization", tt.authorization)
			}
			pagesForBrowsers(next).ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("status %d, want %d", w.Code, tt.want)
			}
			if to := w.Header().Get("Location"); tt.want == http.StatusSeeOther && to != "/console" {
				t.Errorf("led to %q", to)
			}
		})
	}
}
