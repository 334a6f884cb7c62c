// Package sink is a real HTTP server that stands where a target stands in a
// test: it records every delivery that reaches it, and answers as the test
// says, late, badly or not at all.
//
// It waits by condition, never by sleeping, and asserts nothing by itself.
package sink

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// Answer decides what the sink answers to r, the nth request it received,
// counted from 1. A nil header is none. It may block, and is called by several
// requests at once.
type Answer func(n int, r *Received) (status int, header http.Header, body string)

// Sink is a running server.
type Sink struct {
	server *httptest.Server

	mu       sync.Mutex
	changed  *sync.Cond // told of every request that comes or ends
	received []*Received
	answer   Answer
	hold     chan struct{} // open while requests are to hang, else nil
	inFlight int
	maxSeen  int
}

// Start runs a sink on a free port of 127.0.0.1, or of the address of OffLoopback,
// until the test ends. It answers 200 with an empty body until it is told otherwise.
func Start(t testing.TB) *Sink {
	t.Helper()
	s := &Sink{answer: func(int, *Received) (int, http.Header, string) { return http.StatusOK, nil, "" }}
	s.changed = sync.NewCond(&s.mu)
	listener, err := net.Listen("tcp", net.JoinHostPort(listenAddress(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	s.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(s.serve)}}
	s.server.Start()
	t.Cleanup(func() {
		s.Release()
		s.server.Close()
	})
	return s
}

// URL is the sink's base URL, without a slash at its end. Every path under it
// is served alike.
func (s *Sink) URL() string { return s.server.URL }

// Respond answers every request from now on as answer says.
func (s *Sink) Respond(answer Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// Hang accepts and records requests from now on but answers none of them,
// until Release or the end of the test.
func (s *Sink) Hang() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hold == nil {
		s.hold = make(chan struct{})
	}
}

// Release ends what Hang began: the requests that hang are answered now, if
// their clients still wait.
func (s *Sink) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hold != nil {
		close(s.hold)
		s.hold = nil
	}
}

// Requests are the requests received so far, in the order of their arrival.
func (s *Sink) Requests() []*Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.received)
}

// InFlight is how many requests have come and are not yet answered. A request
// whose client has gone away counts no longer.
func (s *Sink) InFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inFlight
}

// MaxInFlight is the most requests that were ever in flight at once.
func (s *Sink) MaxInFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.maxSeen
}

func (s *Sink) serve(w http.ResponseWriter, req *http.Request) {
	arrived := time.Now()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		// The client went away in the middle of its request: nothing was received.
		return
	}
	r := newReceived(arrived, req, body)
	n, answer, hold := s.record(r)
	defer s.ended()
	if hold != nil {
		select {
		case <-hold:
		case <-req.Context().Done():
			return
		}
	}
	status, header, text := answer(n, r)
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	// The client may be gone, which is its own affair.
	_, _ = io.WriteString(w, text)
}

func (s *Sink) record(r *Received) (n int, answer Answer, hold <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, r)
	s.inFlight++
	s.maxSeen = max(s.maxSeen, s.inFlight)
	s.changed.Broadcast()
	return len(s.received), s.answer, s.hold
}

func (s *Sink) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
	s.changed.Broadcast()
}
