// Package standin has servers that stand in for receivers: each reads a request as its
// receiver does, and says yes and no as it does. They are written from the receivers' own
// code and documents, and import nothing of Shipbell.
package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Answer is what a receiver answers.
type Answer struct {
	Status int
	Body   string
	Header map[string]string
}

// Receiver is what is known of one.
type Receiver struct {
	// Path is that of its address, with the query.
	Path string
	// Secret is the one that it is set up with, or "".
	Secret string
	// Reads says what the receiver would not understand of a request, or nothing.
	Reads func(r *http.Request, body []byte) error
	// Yes is its answer to what it takes, No to what it refuses, and Busy when it has too
	// much to do; a Busy without a status is never given.
	Yes, No, Busy Answer
	// Final tells that No is for good: what is sent again is refused again.
	Final bool
}

// Mode is how a server behaves.
type Mode int

// The modes.
const (
	Accept Mode = iota
	Reject
	TooFast
	// Slow accepts after a pause.
	Slow
)

// Server is a receiver that runs until the test ends.
type Server struct {
	URL string
	mu  sync.Mutex
	got []error // of each request, what the receiver would not understand
}

// pause is how long a slow receiver takes: longer than 10 s, after which senders give up
// that wait for a header no longer.
const pause = 11 * time.Second

// Start starts a receiver.
func Start(t testing.TB, r Receiver, mode Mode) *Server {
	t.Helper()
	s := &Server{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err == nil {
			err = r.check(req, body)
		}
		s.mu.Lock()
		s.got = append(s.got, err)
		s.mu.Unlock()
		if mode == Slow {
			select {
			case <-time.After(pause):
			case <-req.Context().Done():
			}
		}
		answer := map[Mode]Answer{Accept: r.Yes, Slow: r.Yes, Reject: r.No, TooFast: r.Busy}[mode]
		for name, value := range answer.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(answer.Status)
		io.WriteString(w, answer.Body)
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL + r.Path
	return s
}

// check says what the receiver would not understand.
func (r *Receiver) check(req *http.Request, body []byte) error {
	path, _, _ := strings.Cut(r.Path, "?")
	switch {
	case req.Method != http.MethodPost:
		return fmt.Errorf("%s, want POST", req.Method)
	case req.URL.Path != path:
		return fmt.Errorf("path %s, want %s", req.URL.Path, path)
	}
	return r.Reads(req, body)
}

// Requests are what the receiver would not understand of each request that came: nil for
// one that it understands.
func (s *Server) Requests() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]error(nil), s.got...)
}

// all joins checks.
func all(checks ...error) error { return errors.Join(checks...) }

// is compares.
func is(what, got, want string) error {
	if got != want {
		return fmt.Errorf("%s is %q, want %q", what, got, want)
	}
	return nil
}

// has looks for a part of a text.
func has(what, got, part string) error {
	if !strings.Contains(got, part) {
		return fmt.Errorf("%s is %q, want %q in it", what, got, part)
	}
	return nil
}

// read decodes JSON and then checks it.
func read[T any](body []byte, check func(T) error) error {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("%q: %w", body, err)
	}
	return check(v)
}

// isJSON wants the Content-Type and a body of JSON.
func isJSON(r *http.Request, body []byte) error {
	if !json.Valid(body) {
		return fmt.Errorf("no JSON: %q", body)
	}
	return has("Content-Type", r.Header.Get("Content-Type"), "application/json")
}

func answer(status int, body string) Answer { return Answer{Status: status, Body: body} }
