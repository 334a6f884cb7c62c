package lambda_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// fault decides what becomes of a call such as PutItem: status 0 lets it pass, and
// any other is answered with text instead. It may pass on something else itself.
type fault func(call string, body []byte, pass func(body []byte) (text []byte)) (status int, text string)

// What DynamoDB says when a client may not do something, and when it is to try again.
const (
	refusal    = `{"__type":"AccessDeniedException","message":"refused by the test"}`
	throttling = `{"__type":"ProvisionedThroughputExceededException","message":"throttled by the test"}`
)

// failing is a fault of all calls of a name whose body holds a text.
func failing(call, holds, text string) fault {
	return func(made string, body []byte, _ func([]byte) []byte) (int, string) {
		if made != call || !strings.Contains(string(body), holds) {
			return 0, ""
		}
		return http.StatusBadRequest, text
	}
}

// wire is what lies between the functions and a service of AWS.
type wire struct {
	backend string
	server  *httptest.Server

	mu    sync.Mutex
	fault fault
}

func newWire(t testing.TB, backend string) *wire {
	t.Helper()
	w := &wire{backend: backend}
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	return w
}

// breaks makes every call from now on meet a fault; nil repairs.
func (w *wire) breaks(f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
}

// ServeHTTP implements http.Handler.
func (w *wire) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone away
	}
	_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	w.mu.Lock()
	f := w.fault
	w.mu.Unlock()
	if f != nil {
		status, text := f(call, body, func(body []byte) []byte {
			_, text := w.pass(r, body)
			return text
		})
		if status != 0 {
			reply(answer, status, []byte(text))
			return
		}
	}
	status, text := w.pass(r, body)
	reply(answer, status, text)
}

func reply(w http.ResponseWriter, status int, text []byte) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that has gone away does not matter
}

// pass asks the service itself.
func (w *wire) pass(r *http.Request, body []byte) (status int, text []byte) {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, w.backend+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return http.StatusBadGateway, nil
	}
	request.Header = r.Header.Clone()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return http.StatusBadGateway, nil
	}
	defer response.Body.Close()
	if text, err = io.ReadAll(response.Body); err != nil {
		return http.StatusBadGateway, nil
	}
	return response.StatusCode, text
}

// vault starts a stand-in for KMS, which derives the same key always.
func vault(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]any{"KeyId": "key", "Mac": bytes.Repeat([]byte{7}, 32), "MacAlgorithm": "HMAC_SHA_256"})
	}))
	t.Cleanup(server.Close)
	return server.URL
}
