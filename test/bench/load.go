package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// flight follows events from the client to the sink.
type flight struct {
	sent, arrived []atomic.Int64 // Unix nanoseconds, by the event's number
	ack           []time.Duration
	twice         atomic.Int64
	accepted      atomic.Int64
	delivered     atomic.Int64
	backlog       atomic.Int64
	done          chan struct{}
	url           string
	server        *http.Server
}

// newFlight starts a sink that answers 200 at once.
func newFlight(events int) (*flight, error) {
	f := &flight{
		sent: make([]atomic.Int64, events), arrived: make([]atomic.Int64, events), ack: make([]time.Duration, events),
		done: make(chan struct{}),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f.url = "http://" + listener.Addr().String() + "/hook"
	f.server = &http.Server{Handler: f}
	go f.server.Serve(listener)
	return f, nil
}

// ServeHTTP notes which event came, by its tag.
func (f *flight) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	now := time.Now()
	body, _ := io.ReadAll(r.Body)
	_, rest, _ := strings.Cut(string(body), `"tag":"n`)
	number, _, _ := strings.Cut(rest, `"`)
	n, err := strconv.Atoi(number)
	if err != nil || n >= len(f.arrived) || !f.arrived[n].CompareAndSwap(0, now.UnixNano()) {
		f.twice.Add(1)
		return
	}
	if f.delivered.Add(1) == int64(len(f.arrived)) {
		close(f.done)
	}
}

// send publishes event n and waits for the 202.
func (f *flight) send(s *server, client *http.Client, namespace string, n int) error {
	begin := time.Now()
	f.sent[n].Store(begin.UnixNano())
	if err := s.call(client, "/v1/events/default", event(namespace, n)); err != nil {
		return err
	}
	f.ack[n] = time.Since(begin)
	waiting := f.accepted.Add(1) - f.delivered.Load()
	for most := f.backlog.Load(); waiting > most && !f.backlog.CompareAndSwap(most, waiting); most = f.backlog.Load() {
	}
	return nil
}

// event is the TCR document's body with a tag of its own.
func event(namespace string, n int) []byte {
	body, _ := json.Marshal(map[string]any{ // cannot fail
		"type": "pushImage", "occur_at": 1589106605, "operator": "332133xxxx",
		"event_data": map[string]any{
			"resources": []map[string]string{{
				"digest": fmt.Sprintf("sha256:%064x", n), "tag": fmt.Sprint("n", n),
				"resource_url": fmt.Sprintf("xxx-bj.tencentcloudcr.com/%s/nginx:n%d", namespace, n),
			}},
			"repository": map[string]any{
				"date_created": 1587119137, "name": "nginx", "namespace": namespace,
				"repo_full_name": namespace + "/nginx", "repo_type": "public",
			},
		},
	})
	return body
}

// wait returns when everything has arrived.
func (f *flight) wait() error {
	select {
	case <-f.done:
		return nil
	case <-time.After(2 * time.Minute):
		return fmt.Errorf("lost: %d of %d events arrived", f.delivered.Load(), len(f.arrived))
	}
}

// result ends the run.
func (f *flight) result(s *server, begin time.Time, accepting time.Duration) (result, error) {
	r := result{ack: f.ack, backlog: int(f.backlog.Load())}
	var last int64
	for i := range f.arrived {
		last = max(last, f.arrived[i].Load())
		r.latency = append(r.latency, time.Duration(f.arrived[i].Load()-f.sent[i].Load()))
	}
	events := float64(len(f.arrived))
	r.accepted = events / accepting.Seconds()
	r.delivered = events / time.Duration(last-begin.UnixNano()).Seconds()
	cpu, rss, err := s.end()
	r.cpu, r.rss = cpu/time.Duration(len(f.arrived)), rss
	if n := f.twice.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d events came twice or were not ours", n))
	}
	return r, errors.Join(err, f.server.Close())
}

func newClient(connections int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
}

// closed has each client send its next event when the last was accepted.
func closed(o setup, events, clients int) (result, error) {
	s, err := o.start()
	if err != nil {
		return result{}, err
	}
	f, err := newFlight(events)
	if err != nil {
		return result{}, err
	}
	if err := s.trigger("public", f.url); err != nil {
		return result{}, err
	}
	client, errs := newClient(clients), make(chan error, clients)
	var next atomic.Int64
	begin := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(events); n = next.Add(1) - 1 {
				if err := f.send(s, client, "public", int(n)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	accepting := time.Since(begin)
	close(errs)
	if err := <-errs; err != nil {
		return result{}, err
	}
	if err := f.wait(); err != nil {
		return result{}, err
	}
	return f.result(s, begin, accepting)
}

// open sends events at a rate, whatever becomes of them.
func open(o setup, rate int, duration time.Duration) (result, error) {
	s, err := o.start()
	if err != nil {
		return result{}, err
	}
	f, err := newFlight(rate * int(duration/time.Second))
	if err != nil {
		return result{}, err
	}
	if err := s.trigger("public", f.url); err != nil {
		return result{}, err
	}
	return f.paced(s, "public", rate)
}

// paced sends all events of a flight at a rate and waits for them.
func (f *flight) paced(s *server, namespace string, rate int) (result, error) {
	client, errs := newClient(128), make(chan error, len(f.sent))
	var all sync.WaitGroup
	begin := time.Now()
	for n := range f.sent {
		time.Sleep(time.Until(begin.Add(time.Duration(n) * time.Second / time.Duration(rate))))
		all.Go(func() {
			if err := f.send(s, client, namespace, n); err != nil {
				errs <- err
			}
		})
	}
	all.Wait()
	accepting := time.Since(begin)
	close(errs)
	if err := <-errs; err != nil {
		return result{}, err
	}
	if err := f.wait(); err != nil {
		return result{}, err
	}
	return f.result(s, begin, accepting)
}

// isolated measures a healthy target while deliveries hang on another.
func isolated(o setup, stuck int) (result, error) {
	o.flags = append(o.flags, "--attempt-timeout", "5s")
	s, err := o.start()
	if err != nil {
		return result{}, err
	}
	hole, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never answers
	if err != nil {
		return result{}, err
	}
	defer hole.Close()
	f, err := newFlight(400)
	if err != nil {
		return result{}, err
	}
	err = errors.Join(s.trigger("dead", "http://"+hole.Addr().String()+"/hook"), s.trigger("alive", f.url))
	client := newClient(16)
	for n := 0; n < stuck && err == nil; n++ {
		err = s.call(client, "/v1/events/default", event("dead", n))
	}
	if err != nil {
		return result{}, err
	}
	return f.paced(s, "alive", 20)
}
