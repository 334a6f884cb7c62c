package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// client asks a service, and holds every answer to the file.
type client struct {
	t       testing.TB
	base    string
	next    http.RoundTripper
	auth    string // the Authorization header, if any
	seen    *transcript
	headers []string // further headers, as pairs
}

// transcript keeps what a service answered.
type transcript struct {
	mu      sync.Mutex
	answers []answer
}

// answer is what came of one request.
type answer struct {
	t              testing.TB
	method, target string
	auth           string
	status         int
	header         http.Header
	body           []byte
}

func (a answer) String() string {
	return fmt.Sprintf("%s %s: %d %s", a.method, a.target, a.status, bytes.TrimSpace(a.body))
}

// as is the client with an access key, "id:secret"; "" is none.
func (c client) as(key string) client {
	c.auth = ""
	if key != "" {
		c.auth = "Bearer " + key
	}
	return c
}

// with is the client with further headers, given as names and values.
func (c client) with(headers ...string) client {
	c.headers = append(append([]string{}, c.headers...), headers...)
	return c
}

// on is the client for another test.
func (c client) on(t testing.TB) client {
	c.t = t
	return c
}

// do makes a request. A body that is a string is sent as it is, nil is none, and
// any other is sent as JSON.
func (c client) do(method, target string, body any) answer {
	c.t.Helper()
	data := encode(c.t, body)
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+target, bytes.NewReader(data))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.auth != "" {
		request.Header.Set("Authorization", c.auth)
	}
	for i := 0; i < len(c.headers); i += 2 {
		request.Header.Set(c.headers[i], c.headers[i+1])
	}
	response, err := c.next.RoundTrip(request)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, target, err)
	}
	d, err := load()
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{t: c.t, method: method, target: target, auth: c.auth, status: response.StatusCode, header: response.Header, body: got}
	if err := d.check(exchange{request: request, sent: data, status: a.status, header: a.header, body: got}); err != nil {
		c.t.Errorf("%s %s is not as %s has it: %v", method, target, file, err)
	}
	if c.seen != nil {
		c.seen.mu.Lock()
		c.seen.answers = append(c.seen.answers, a)
		c.seen.mu.Unlock()
	}
	return a
}

func encode(t testing.TB, body any) []byte {
	t.Helper()
	switch body := body.(type) {
	case nil:
		return nil
	case string:
		return []byte(body)
	case []byte:
		return body
	}
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// want fails the test at once if the status is another.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%v, want %d", a, status)
	}
	return a
}

// wantFields fails the test at once if the answer is not a 422 for these fields.
func (a answer) wantFields(names ...string) {
	a.t.Helper()
	a.want(http.StatusUnprocessableEntity)
	if got := fields(decode[apiv1.Problem](a)); fmt.Sprint(got) != fmt.Sprint(names) {
		a.t.Fatalf("%v names %q, want %q", a, got, names)
	}
}

// decode reads an answer's body.
func decode[T any](a answer) T {
	a.t.Helper()
	var value T
	if err := json.Unmarshal(a.body, &value); err != nil {
		a.t.Fatalf("%v: %v", a, err)
	}
	return value
}

func newRequest(t testing.TB, method, target string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// object is any JSON object.
type object = map[string]any

// inProcess hands requests to a handler without a network between.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "192.0.2.1:1234"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, in)
	return recorder.Result(), nil
}

// basic is an Authorization header of the scheme Basic.
func basic(t testing.TB, key string) string {
	t.Helper()
	id, secret, _ := strings.Cut(key, ":")
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(id, secret)
	return r.Header.Get("Authorization")
}
