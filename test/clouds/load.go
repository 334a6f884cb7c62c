package clouds

import (
	"flag"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/test/sink"
)

// Rates are the flags of the package's tests for Load.
type Rates struct{ rate, seconds *int }

// LoadFlags defines the flags.
func LoadFlags() Rates {
	return Rates{flag.Int("rate", 20, "events a second of TestLoad"), flag.Int("seconds", 2, "for how long TestLoad sends events")}
}

// Load sends events to a stack at the rate of the flags and logs how long they took from
// being sent to being answered, and to their first attempt. Every event is attempted, once.
func Load(t *testing.T, s *Stack, r Rates) {
	to := sink.Start(t)
	s.Deliver()
	s.Sweep()
	s.CreateTrigger(Pushes(to.URL()))
	s.Accept(Pushed("first"))
	to.Wait(t, 1, Patience) // teaches that the target answers
	events := *r.rate * *r.seconds
	sent, took := s.Send(t, events, *r.rate)
	to.Wait(t, 1+events, Long)
	waits := FirstAttempts(t, to.Requests()[1:], sent)
	ackTimes := slices.Sorted(slices.Values(took))
	t.Logf("%d events, %.0f a second of %d; answers p50 %v, p99 %v; first attempts p50 %v, p99 %v, last %v; processes: %d of receive, %d of deliver",
		events, rateOf(sent), *r.rate, at(ackTimes, 50), at(ackTimes, 99), at(waits, 50), at(waits, 99), at(waits, 100),
		s.Functions["receive"].Started(), s.Functions["deliver"].Started())
}

// Send sends events at a rate, each with a tag v and its number. It answers when each was
// sent and how long its answer took, of which all are 202.
func (s *Stack) Send(t *testing.T, events, rate int) (sent []time.Time, took []time.Duration) {
	t.Helper()
	senders := min(max(8, rate/3), 32) // so many events are on their way at once, at most
	sent, took = make([]time.Time, events), make([]time.Duration, events)
	begin := time.Now()
	var all sync.WaitGroup
	for sender := range senders {
		all.Go(func() {
			for n := sender; n < events; n += senders {
				time.Sleep(time.Until(begin.Add(time.Duration(n) * time.Second / time.Duration(rate))))
				sent[n] = time.Now()
				if code, _, err := s.Post(t.Context(), Pushed(fmt.Sprint("v", n))); err != nil || code != http.StatusAccepted {
					t.Errorf("event %d: %d, %v", n, code, err)
				}
				took[n] = time.Since(sent[n])
			}
		})
	}
	all.Wait()
	return sent, took
}

// FirstAttempts are how long after it was sent each event of Send was first attempted, in
// order. Every event was, and once.
func FirstAttempts(t *testing.T, requests []*sink.Received, sent []time.Time) (waits []time.Duration) {
	t.Helper()
	came := make(map[string]bool, len(sent))
	for _, r := range requests {
		tag := r.TCR.EventData.Resources[0].Tag
		var n int
		if _, err := fmt.Sscanf(tag, "v%d", &n); err != nil || came[tag] {
			t.Errorf("tag %s came twice, or is none: %v", tag, err)
			continue
		}
		came[tag] = true
		waits = append(waits, r.Time.Sub(sent[n]))
	}
	if len(came) != len(sent) {
		t.Errorf("%d of %d events were attempted", len(came), len(sent))
	}
	slices.Sort(waits)
	return waits
}

// at is a percentile of sorted durations, 100 the last.
func at(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*percent/100].Round(time.Millisecond)
}

// rateOf is how many events a second were sent.
func rateOf(sent []time.Time) float64 {
	last := slices.MaxFunc(sent, time.Time.Compare)
	return float64(len(sent)) / max(last.Sub(sent[0]).Seconds(), 1e-3)
}
