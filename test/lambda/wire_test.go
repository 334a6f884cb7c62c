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
// any other is answered with text instead.
type fault func(call string, body []byte) (status int, text string)

// wire is what lies between the functions and a service of AWS.
type wire struct {
	backend string
	server  *httptest.Server

	mu    sync.Mutex
	fault fault
	units float64
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

// writeUnits is how many write units of DynamoDB were used so far.
func (w *wire) writeUnits() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.units
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
		if status, text := f(call, body); status != 0 {
			answer.Header().Set("Content-Type", "application/x-amz-json-1.0")
			answer.WriteHeader(status)
			_, _ = io.WriteString(answer, text)
			return
		}
	}
	writes := call == "PutItem" || call == "UpdateItem" || call == "DeleteItem"
	if writes {
		body = append([]byte(`{"ReturnConsumedCapacity":"TOTAL",`), bytes.TrimPrefix(body, []byte("{"))...)
	}
	w.pass(answer, r, body, writes)
}

// pass asks the service itself, and counts the units of a write.
func (w *wire) pass(answer http.ResponseWriter, r *http.Request, body []byte, writes bool) {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, w.backend+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		answer.WriteHeader(http.StatusBadGateway)
		return
	}
	request.Header = r.Header.Clone()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		answer.WriteHeader(http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		answer.WriteHeader(http.StatusBadGateway)
		return
	}
	if writes {
		w.count(text)
	}
	for name, values := range response.Header {
		answer.Header()[name] = values
	}
	answer.WriteHeader(response.StatusCode)
	_, _ = answer.Write(text)
}

// count adds the units of a write. One whose condition does not hold costs as well.
func (w *wire) count(text []byte) {
	var said struct {
		ConsumedCapacity struct{ CapacityUnits float64 }
	}
	if json.Unmarshal(text, &said) != nil || said.ConsumedCapacity.CapacityUnits == 0 {
		said.ConsumedCapacity.CapacityUnits = 1
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.units += said.ConsumedCapacity.CapacityUnits
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
