package scf_test

import (
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// rates are the flags of TestLoad.
var rates = clouds.LoadFlags()

// TestLoad sends events for a time, few unless the flags say otherwise.
func TestLoad(t *testing.T) { clouds.Load(t, newCloud(t, options{}).Stack, rates) }

// TestThrottledAPI has 200 events come each second while the API of SCF takes 20 requests
// a second, as its documents once said. Every event is attempted without a sweep, with one
// request of the API for many events. It logs how long the first attempts took.
func TestThrottledAPI(t *testing.T) {
	const events, rate, allowed = 2000, 200, 20
	c, to := newCloud(t, options{}), sink.Start(t)
	api := &limit{second: time.Now(), most: allowed}
	c.invoker.breaks(api.take)
	c.Deliver()
	c.CreateTrigger(clouds.Pushes(to.URL()))
	began := time.Now()
	sent, _ := c.Send(t, events, rate)
	took := time.Since(began)
	to.Wait(t, events, clouds.Patience)
	waits := clouds.FirstAttempts(t, to.Requests(), sent)
	p50, p99 := waits[len(waits)/2], waits[len(waits)*99/100]
	t.Logf("%d events at %.0f/s: first attempts p50 %v, p99 %v, last %v; %d requests of the API, %d refused; %d processes of deliver, %d of receive",
		events, events/took.Seconds(), p50.Round(time.Millisecond), p99.Round(time.Millisecond), waits[len(waits)-1].Round(time.Millisecond),
		c.api.Calls(), api.refusals(), c.Functions["deliver"].Started(), c.Functions["receive"].Started())
	if n := c.api.Calls(); n > events/4 {
		t.Errorf("%d requests of the API for %d events", n, events)
	}
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
