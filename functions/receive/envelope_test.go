package receive_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/functions/receive"
)

// request is a request with the service's key and headers, which come in pairs.
func (s *service) request(method, target string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, body)
	r.Header.Set("Authorization", "Bearer "+s.key)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func gzipped(t *testing.T, text string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// TestContentEncoding undoes what a relay on the way may do. What cannot be undone is
// named, and a sender that would repeat it for ever gets 202 all the same.
func TestContentEncoding(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	tcr := tcrPush("public/nginx")
	for _, test := range []struct {
		name, contentType, encoding string
		body                        io.Reader
		status                      int
		part                        string
	}{
		{"gzip", "application/json", "gzip", gzipped(t, tcr), http.StatusAccepted, `"repository":"public/nginx"`},
		{"gzip of a blocking sender", distribution, "gzip", gzipped(t, push("e1", "v1")), http.StatusAccepted, `"id":"e1"`},
		{"another", "application/json", "br", strings.NewReader(tcr), http.StatusUnsupportedMediaType, `\"br\"`},
		{"another of a blocking sender", distribution, "br", strings.NewReader(push("e2", "v1")), http.StatusAccepted, `"reason_code":"body-encoding-unknown"`},
		{"broken", "application/json", "gzip", strings.NewReader("hello"), http.StatusUnsupportedMediaType, `\"gzip\"`},
		{"broken of a blocking sender", distribution, "gzip", strings.NewReader("hello"), http.StatusAccepted, `"reason_code":"body-encoding-broken"`},
		{"a bomb", "application/json", "gzip", gzipped(t, strings.Repeat(" ", 1<<20+1)), http.StatusRequestEntityTooLarge, "larger than 1024 KiB"},
		{"a bomb of a blocking sender", distribution, "gzip", gzipped(t, strings.Repeat(" ", 1<<20+1)), http.StatusAccepted, `"reason_code":"body-too-large"`},
	} {
		w := s.request(http.MethodPost, at, test.body, "Content-Type", test.contentType, "Content-Encoding", test.encoding)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.part) {
			t.Errorf("%s: %d %s, want %d with %s", test.name, w.Code, w.Body, test.status, test.part)
		}
	}
}

// TestEventGridAsks answers both ways in which Event Grid asks whether its events are
// wanted.
func TestEventGridAsks(t *testing.T) {
	t.Parallel()
	s := newService(t)
	question := `[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6"}}]`
	w := s.request(http.MethodPost, at, strings.NewReader(question), "aeg-event-type", "SubscriptionValidation")
	if w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != `{"validationResponse":"512d38b6"}` {
		t.Errorf("the event gave %d %s", w.Code, w.Body)
	}

	w = s.request(http.MethodOptions, at, nil, "WebHook-Request-Origin", "eventgrid.azure.net", "WebHook-Request-Rate", "120")
	if h := w.Header(); w.Code != http.StatusOK || h.Get("WebHook-Allowed-Origin") != "eventgrid.azure.net" || h.Get("WebHook-Allowed-Rate") != "120" {
		t.Errorf("OPTIONS gave %d %v", w.Code, h)
	}
	w = s.request(http.MethodOptions, at, nil)
	if h := w.Header(); w.Code != http.StatusOK || h.Get("WebHook-Allowed-Origin") != "" || h.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("OPTIONS of nobody gave %d %v", w.Code, h)
	}
	if w = s.request(http.MethodOptions, "/v1/events/absent", nil); w.Code != http.StatusNotFound {
		t.Errorf("OPTIONS of no registry gave %d %s", w.Code, w.Body)
	}
	if w = s.request(http.MethodOptions, at, nil, "Authorization", "Bearer a:b"); w.Code != http.StatusUnauthorized {
		t.Errorf("OPTIONS without a key gave %d %s", w.Code, w.Body)
	}
}

// TestTolerantAddress takes every spelling of the address: a registry repeats a 404 for
// ever, and takes a redirect as delivered.
func TestTolerantAddress(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	mux := http.NewServeMux()
	mux.Handle("/v1/events/", s.handler)
	mux.Handle("/", http.NotFoundHandler())
	s.handler = receive.Tolerant(mux)
	for path, status := range map[string]int{
		"/v1/events/default":        http.StatusAccepted,
		"/v1/events/default/":       http.StatusAccepted,
		"//v1/events/default":       http.StatusAccepted,
		"//v1//events///default///": http.StatusAccepted,
		"/v1/events/Default":        http.StatusAccepted,
		"/V1/Events/DEFAULT/":       http.StatusAccepted,
		"/v1/events/%64efault/":     http.StatusAccepted,
		"/v1/events/absent/":        http.StatusNotFound,
		"/v1/events/default/more":   http.StatusNotFound,
		"/v2/events/default":        http.StatusNotFound,
	} {
		r := httptest.NewRequest(http.MethodPost, "http://shipbell.example.com"+path+"?source=distribution", strings.NewReader(push("e1", "v1")))
		r.Header.Set("Authorization", "Bearer "+s.key)
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s gave %d %s, want %d", path, w.Code, w.Body, status)
		}
	}
}
