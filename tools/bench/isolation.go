package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// neighbour is a load beside that of a healthy target: events of a registry, of each of
// which every one of some targets gets a delivery.
type neighbour struct {
	name     string
	registry string // default if ""
	events   int
	targets  int
	refuses  bool // the targets refuse connections, else they hang
	shared   bool // the targets are on the healthy target's host and port
}

func neighbours(flood int) []neighbour {
	return []neighbour{
		{name: "600 stuck", events: 600, targets: 1},
		{name: "2,000 stuck", events: 2_000, targets: 1},
		{name: "100 dead targets", events: 10, targets: 100, refuses: true},
		{name: "40 hanging URLs on one shared host", events: 25, targets: 40, shared: true},
		{name: fmt.Sprintf("one registry floods ten hanging targets with %d events", flood), registry: "flood", events: flood, targets: 10},
	}
}

// isolation measures a healthy target beside each neighbour, and beside the same load
// with all targets healthy, and then a target that is far away.
func isolation(o setup, runs, samples, rate, flood int) error {
	fmt.Printf("isolation: p99 from publish to delivery of %d events at %d/s, median of %d, beside the same load healthy\n", samples, rate, runs)
	for _, n := range neighbours(flood) {
		var healthy, ill []float64
		for range runs {
			for _, hang := range []bool{false, true} {
				r, err := beside(o, n, hang, samples, rate)
				if err != nil {
					return fmt.Errorf("%s: %w", n.name, err)
				}
				p99 := percentile(r.latency, 0.99)
				if hang {
					ill = append(ill, p99)
				} else {
					healthy = append(healthy, p99)
				}
			}
		}
		h, i := median(healthy), median(ill)
		fmt.Printf("  %-60s %8.1f ms, healthy %8.1f ms: %.2f times, %s\n", n.name, i, h, i/h, verdict(i <= 1.2*h))
	}
	var rates []float64
	for range runs {
		r, err := distant(o, 5_000, 200*time.Millisecond)
		if err != nil {
			return fmt.Errorf("a target that answers in 200 ms: %w", err)
		}
		rates = append(rates, r)
	}
	fmt.Printf("  %-60s %8.0f deliveries/s, %s\n", "most of 5,000 wait for a target that answers in 200 ms", median(rates), verdict(median(rates) >= 900))
	return nil
}

func median(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }

func verdict(holds bool) string {
	if holds {
		return "holds"
	}
	return "DOES NOT HOLD"
}

// beside measures a healthy target beside a neighbour, whose targets are well or not.
func beside(o setup, n neighbour, ill bool, samples, rate int) (result, error) {
	o.flags = append(o.flags, "--attempt-timeout", "5s", "--retry-waits", "1h")
	s, err := o.start()
	if err != nil {
		return result{}, err
	}
	defer s.kill()
	f, err := newFlight(samples)
	if err != nil {
		return result{}, err
	}
	f.hangs = ill && !n.refuses
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return result{}, err
	}
	host := other.Addr().String()
	if n.shared {
		host = strings.TrimSuffix(strings.TrimPrefix(f.url, "http://"), "/hook")
	}
	if n.refuses && ill {
		err = other.Close()
	} else {
		server := &http.Server{Handler: f}
		defer server.Close()
		go server.Serve(other)
	}
	registry := cmp.Or(n.registry, "default")
	err = errors.Join(err, s.registry(registry), s.trigger("default", "alive", f.url))
	for first := 0; first < n.targets; first += 10 {
		var urls []string
		for k := first; k < min(first+10, n.targets); k++ {
			urls = append(urls, fmt.Sprintf("http://%s/neighbour/%d", host, k))
		}
		err = errors.Join(err, s.trigger(registry, fmt.Sprint("neighbour", first), urls...))
	}
	if err == nil {
		err = s.load(registry, "neighbour", n.events)
	}
	if err != nil {
		return result{}, err
	}
	return f.paced(s, "alive", rate)
}

// distant gives how many deliveries a second a target gets that answers after a while, from
// the time when all events are accepted, most of which wait then.
func distant(o setup, events int, latency time.Duration) (float64, error) {
	s, err := o.start()
	if err != nil {
		return 0, err
	}
	defer s.kill()
	f, err := newFlight(events)
	if err != nil {
		return 0, err
	}
	f.latency = latency
	if err := s.trigger("default", "far", f.url); err != nil {
		return 0, err
	}
	if err := s.load("default", "far", events); err != nil {
		return 0, err
	}
	begin, waiting := time.Now(), int64(events)-f.delivered.Load()
	if err := f.wait(); err != nil {
		return 0, err
	}
	rate := float64(waiting) / time.Since(begin).Seconds()
	_, err = f.result(s, begin, time.Since(begin))
	return rate, err
}

// load publishes events of a namespace from several clients at once.
func (s *server) load(registry, namespace string, events int) error {
	const clients = 16
	errs := make([]error, clients)
	var all sync.WaitGroup
	for k := range clients {
		all.Go(func() {
			c, err := s.dial()
			for n := k; n < events && err == nil; n += clients {
				err = c.publish(registry, event(namespace, n))
			}
			errs[k] = err
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
