package e2e_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// TestDeadTargetsDelayNobody has one flooded target, or many, that accept and
// never answer, and sends events for a healthy one meanwhile.
func TestDeadTargetsDelayNobody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ targets, each int }{
		"one":  {1, 600},
		"many": {48, 150},
	} {
		t.Run(name, func(t *testing.T) {
			const healthy, slots, timeout = 100, 8, 30 * time.Second
			srv := server.Start(t, loopback, "--attempt-timeout="+timeout.String(), "--log-level=warn")
			dead, alive := sink.Start(t), sink.Start(t)
			dead.Hang()
			for i := range test.targets {
				if i%10 == 0 {
					urls := []string{}
					for j := i; j < min(i+10, test.targets); j++ {
						urls = append(urls, fmt.Sprintf("%s/%d", dead.URL(), j))
					}
					srv.CreateTrigger(pushes(fmt.Sprintf("dead-%d", i), "dead", urls...))
				}
			}
			srv.CreateTrigger(pushes("alive", "alive", alive.URL()))
			for _, tag := range tags(test.each, "v") {
				srv.Accept(pushed("dead", tag))
			}
			held := test.targets * slots
			dead.Wait(t, held, patience)
			began := time.Now()

			var latency []time.Duration
			for i, tag := range tags(healthy, "v") {
				sent := time.Now()
				srv.Accept(pushed("alive", tag))
				requests := alive.Wait(t, i+1, patience)
				latency = append(latency, requests[i].Time.Sub(sent))
				time.Sleep(5 * time.Millisecond) // a steady trickle, not a burst
			}
			if n := dead.InFlight(); n != held {
				t.Errorf("%d attempts hang after %v, want %d: the healthy deliveries came too late to prove anything", n, time.Since(began), held)
			}
			if n := dead.MaxInFlight(); n > held {
				t.Errorf("%d attempts hung at once, want %d for each target", n, slots)
			}
			slices.Sort(latency)
			p50, p99, most := latency[healthy/2], latency[healthy*99/100-1], latency[healthy-1]
			t.Logf("%d dead targets with %d deliveries each; %d healthy ones: p50 %v, p99 %v, max %v", test.targets, test.each, healthy, p50, p99, most)
			if p99 > 2*time.Second {
				t.Errorf("p99 of the healthy ones is %v", p99)
			}
			srv.Kill() // its attempts would hang until they time out
		})
	}
}
