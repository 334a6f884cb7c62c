package e2e_test

import (
	"fmt"
	"path"
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
			const healthy, slots = 100, 8
			srv := server.Start(t, loopback, "--attempt-timeout=30s", "--log-level=warn")
			alive := sink.Start(t)
			// A host has so many connections for all of its targets together, so the dead
			// targets are on several.
			const perHost, perTrigger = 6, 6
			var dead []*sink.Sink
			var urls []string
			for i := range test.targets {
				if i%perHost == 0 {
					dead = append(dead, sink.Start(t))
					dead[len(dead)-1].Hang()
				}
				urls = append(urls, fmt.Sprintf("%s/%d", dead[len(dead)-1].URL(), i))
			}
			for some := range slices.Chunk(urls, perTrigger) {
				srv.CreateTrigger(pushes("dead"+path.Base(some[0]), "dead", some...))
			}
			srv.CreateTrigger(pushes("alive", "alive", alive.URL()))
			for _, tag := range tags(test.each, "v") {
				srv.Accept(pushed("dead", tag))
			}
			held := test.targets * slots
			tried := func() (n int) {
				for _, s := range dead {
					n += len(s.Requests())
				}
				return n
			}
			// Those of the first targets may have been given up by then, and others are held.
			eventually(t, "every slot of the dead targets was taken", func() bool { return tried() >= held })

			var latency []time.Duration
			for i, tag := range tags(healthy, "v") {
				sent := time.Now()
				srv.Accept(pushed("alive", tag))
				requests := alive.Wait(t, i+1, patience)
				latency = append(latency, requests[i].Time.Sub(sent))
				time.Sleep(5 * time.Millisecond) // a steady trickle, not a burst
			}
			for _, s := range dead {
				// The sink learns a moment late that an attempt was given up.
				ended := len(s.Requests()) - s.InFlight()
				if n, most := s.MaxInFlight(), min(test.targets, perHost)*slots; n > most+ended {
					t.Errorf("%d attempts hung at once, want at most %d", n, most)
				}
			}
			slices.Sort(latency)
			p50, p99, most := latency[healthy/2], latency[healthy*99/100-1], latency[healthy-1]
			t.Logf("%d dead targets with %d deliveries each; %d healthy ones: p50 %v, p99 %v, max %v", test.targets, test.each, healthy, p50, p99, most)
			// Behind the dead ones it would be rounds of 10 s, which an attempt hangs.
			if p50 > 5*time.Second {
				t.Errorf("p50 of the healthy ones is %v", p50)
			}
			srv.Kill() // its attempts would hang until they time out
		})
	}
}
