package scf_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// TestThrottledAPI has 200 events come each second while the API of SCF takes 20 requests
// a second, as its documents once said. Every event is attempted without a sweep, with one
// request of the API for many events. It logs how long the first attempts took.
func TestThrottledAPI(t *testing.T) {
	const events, rate, allowed, senders = 2000, 200, 20, 8
	c, to := newCloud(t, options{}), sink.Start(t)
	api := &limit{second: time.Now(), most: allowed}
	c.invoker.breaks(api.take)
	c.Deliver()
	c.CreateTrigger(clouds.Pushes(to.URL()))
	sent := make([]time.Time, events)
	var all sync.WaitGroup
	began := time.Now()
	for sender := range senders {
		all.Go(func() {
			for n := sender; n < events; n += senders {
				time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / rate)))
				sent[n] = time.Now()
				if code, _, err := c.Post(t.Context(), clouds.Pushed(fmt.Sprint("v", n))); err != nil || code != http.StatusAccepted {
					t.Errorf("event %d: %d, %v", n, code, err)
				}
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	to.Wait(t, events, clouds.Patience)
	waits := firstAttempts(t, to, sent)
	p50, p99 := waits[len(waits)/2], waits[len(waits)*99/100]
	t.Logf("%d events at %.0f/s: first attempts p50 %v, p99 %v, last %v; %d requests of the API, %d refused; %d processes of deliver, %d of receive",
		events, events/took.Seconds(), p50.Round(time.Millisecond), p99.Round(time.Millisecond), waits[len(waits)-1].Round(time.Millisecond),
		c.api.Calls(), api.refusals(), c.Functions["deliver"].Started(), c.Functions["receive"].Started())
	if n := c.api.Calls(); n > events/4 {
		t.Errorf("%d requests of the API for %d events", n, events)
	}
}

// firstAttempts are how long after it was sent each event was first attempted, in order.
// Every event was.
func firstAttempts(t *testing.T, to *sink.Sink, sent []time.Time) (waits []time.Duration) {
	t.Helper()
	came := make(map[string]bool, len(sent))
	for _, r := range to.Requests() {
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

// limit refuses calls beyond so many in a second.
type limit struct {
	most int

	mu      sync.Mutex
	second  time.Time
	calls   int
	refused int
}

func (l *limit) take(tencentapi.Call) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.second) >= time.Second {
		l.second, l.calls = now, 0
	}
	if l.calls++; l.calls > l.most {
		l.refused++
		return &tencentapi.Failure{Code: "RequestLimitExceeded", Message: "slower"}
	}
	return nil
}

func (l *limit) refusals() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}
