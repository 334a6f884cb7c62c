package main

import (
	"bytes"
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
	hangs         bool          // requests of neighbours are not answered
	latency       time.Duration // before an answer
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

// ServeHTTP notes which event came, by its tag. A path below /neighbour is that of a
// neighbour's target.
func (f *flight) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	now := time.Now()
	body, _ := io.ReadAll(r.Body)
	if strings.HasPrefix(r.URL.Path, "/neighbour/") {
		if f.hangs {
			<-r.Context().Done()
		}
		return
	}
	time.Sleep(f.latency)
	_, rest, _ := bytes.Cut(body, []byte(`"tag":"n`))
	number, _, _ := bytes.Cut(rest, []byte(`"`))
	n, err := strconv.Atoi(string(number))
	if err != nil || n >= len(f.arrived) || !f.arrived[n].CompareAndSwap(0, now.UnixNano()) {
		f.twice.Add(1)
		return
	}
	if f.delivered.Add(1) == int64(len(f.arrived)) {
		close(f.done)
	}
}

// send publishes event n and waits for the 202.
func (f *flight) send(c *client, namespace string, n int) error {
	body := event(namespace, n)
	begin := time.Now()
	f.sent[n].Store(begin.UnixNano())
	if err := c.publish("default", body); err != nil {
		return err
	}
	f.ack[n] = time.Since(begin)
	waiting := f.accepted.Add(1) - f.delivered.Load()
	for most := f.backlog.Load(); waiting > most && !f.backlog.CompareAndSwap(most, waiting); most = f.backlog.Load() {
	}
	return nil
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

// closed has each client send its next event when the last was accepted.
func closed(o setup, events, clients int) (result, error) {
	s, err := o.start()
	if err != nil {
		return result{}, err
	}
	defer s.kill()
	f, err := newFlight(events)
	if err != nil {
		return result{}, err
	}
	if err := s.trigger("default", "public", f.url); err != nil {
		return result{}, err
	}
	errs := make(chan error, clients)
	var next atomic.Int64
	begin := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			c, err := s.dial()
			for n := next.Add(1) - 1; n < int64(events) && err == nil; n = next.Add(1) - 1 {
				err = f.send(c, "public", int(n))
			}
			errs <- err
		})
	}
	all.Wait()
	accepting := time.Since(begin)
	return f.end(s, begin, accepting, errs)
}

// open sends events at a rate, whatever becomes of them.
func open(o setup, rate int, duration time.Duration) (result, error) {
	s, err := o.start()
	if err != nil {
		return result{}, err
	}
	defer s.kill()
	f, err := newFlight(rate * int(duration/time.Second))
	if err != nil {
		return result{}, err
	}
	if err := s.trigger("default", "public", f.url); err != nil {
		return result{}, err
	}
	return f.paced(s, "public", rate)
}

// paced sends all events of a flight at a rate and waits for them.
func (f *flight) paced(s *server, namespace string, rate int) (result, error) {
	// More requests than this are not under way at once. A server hangs up on a
	// connection that says nothing for long, so there are no more than are used.
	slots := min(128, rate)
	idle, errs := make(chan *client, slots), make(chan error, slots+len(f.sent))
	for range slots {
		c, err := s.dial()
		if err != nil {
			return result{}, err
		}
		idle <- c
	}
	var all sync.WaitGroup
	begin := time.Now()
	for n := range f.sent {
		time.Sleep(time.Until(begin.Add(time.Duration(n) * time.Second / time.Duration(rate))))
		all.Go(func() {
			c := <-idle
			errs <- f.send(c, namespace, n)
			idle <- c
		})
	}
	all.Wait()
	return f.end(s, begin, time.Since(begin), errs)
}

// end waits for what was sent, if all was.
func (f *flight) end(s *server, begin time.Time, accepting time.Duration, errs chan error) (result, error) {
	close(errs)
	for err := range errs {
		if err != nil {
			return result{}, err
		}
	}
	if err := f.wait(); err != nil {
		return result{}, err
	}
	return f.result(s, begin, accepting)
}

// stuckBeside measures a healthy target while deliveries hang on another.
func stuckBeside(o setup, stuck int) (result, error) {
	o.flags = append(o.flags, "--attempt-timeout", "5s")
	s, err := o.start()
	if err != nil {
		return result{}, err
	}
	defer s.kill()
	hole, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never answers
	if err != nil {
		return result{}, err
	}
	defer hole.Close()
	f, err := newFlight(400)
	if err != nil {
		return result{}, err
	}
	err = errors.Join(s.trigger("default", "dead", "http://"+hole.Addr().String()+"/hook"), s.trigger("default", "alive", f.url))
	c, dialErr := s.dial()
	err = errors.Join(err, dialErr)
	for n := 0; n < stuck && err == nil; n++ {
		err = c.publish("default", event("dead", n))
	}
	if err != nil {
		return result{}, err
	}
	return f.paced(s, "alive", 20)
}
