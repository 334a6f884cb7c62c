package scf_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/test/fleet"
	"github.com/shipbell/shipbell/test/sink"
)

// TestRoundTrips counts how often the functions wait for Redis over an event with one
// delivery that succeeds at once, when both have met its registry a moment before:
// receive for the receipt and the rows, deliver for the row, the claim and the result.
// The memory of a registry lasts a second, so the least of several events counts.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.CreateTrigger(fleet.Pushes(to.URL()))
	const most = 3
	receive, deliver := 1000, 1000
	for n, tag := range []string{"v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8"} {
		c.wire.Take()
		c.Accept(fleet.Pushed(tag))
		inReceive, received := c.wire.Take()
		for _, r := range c.invoker.drain() {
			c.invoker.run(r)
		}
		inDeliver, delivered := c.wire.Take()
		t.Logf("event %d: %d round trips in receive, %v, and %d in deliver, %v", n+1, inReceive, received, inDeliver, delivered)
		receive, deliver = min(receive, inReceive), min(deliver, inDeliver)
		to.Wait(t, n+1, patience)
	}
	if receive > most || deliver > most || receive < 1 || deliver < 1 {
		t.Errorf("at least %d round trips in receive and %d in deliver, want at most %d", receive, deliver, most)
	}
	c.WaitEnded(8, patience)
}

// TestStart measures every function from its start to the answer to its first
// invocation, which makes nothing but its configuration and its clients, and
// invocations that do hardly anything.
func TestStart(t *testing.T) {
	c := newCloud(t, options{})
	const starts, invocations = 20, 300
	for name, f := range c.functions {
		event := any(map[string]string{"httpMethod": "GET", "path": "/healthz"})
		switch name {
		case "deliver":
			event = map[string]any{"shipbell": "deliver", "messages": []string{}}
		case "sweep":
			event = map[string]string{"Type": "Timer"}
		}
		var first, next []time.Duration
		for range starts {
			f.Kill()
			begin := time.Now()
			if text, err := f.Invoke(event); err != nil {
				t.Fatalf("%s: %s, %v", name, text, err)
			}
			first = append(first, time.Since(begin))
		}
		for range invocations {
			begin := time.Now()
			if text, err := f.Invoke(event); err != nil {
				t.Fatalf("%s: %s, %v", name, text, err)
			}
			next = append(next, time.Since(begin))
		}
		var sum time.Duration
		for _, one := range next {
			sum += one
		}
		p50 := fleet.Percentile(first, 50)
		t.Logf("%-8s start to first answer: p50 %v, p95 %v", name, p50, fleet.Percentile(first, 95))
		t.Logf("%-8s invocation:            p50 %v, p95 %v, %.0f/s one after the other", name, fleet.Percentile(next, 50), fleet.Percentile(next, 95), invocations/sum.Seconds())
		if p50 > 200*time.Millisecond { // ten times what an idle machine needs
			t.Errorf("%s: takes %v to start", name, p50)
		}
	}
}
