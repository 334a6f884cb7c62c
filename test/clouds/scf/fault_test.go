package scf_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// TestOneBadTarget has a target that hangs and one that fails among good ones, all of
// one invocation. The good ones get theirs at once, and the invocation succeeds.
func TestOneBadTarget(t *testing.T) {
	t.Parallel()
	c := newCloud(t, options{variables: map[string]string{"SHIPBELL_ATTEMPT_TIMEOUT": "10s"}})
	good, failing, hanging := sink.Start(t), sink.Start(t), sink.Start(t)
	failing.Respond(func(int, *sink.Received) (int, http.Header, string) { return http.StatusInternalServerError, nil, "no" })
	hanging.Hang()
	c.Deliver()
	c.CreateTrigger(clouds.Pushes(hanging.URL(), failing.URL(), good.URL()+"/a", "https://127.0.0.2/denied", good.URL()+"/b", good.URL()+"/c"))
	c.Accept(clouds.Pushed("v1"))
	hanging.Wait(t, 1, clouds.Patience)
	c.WaitFor(client.DeliveryQuery{Status: shipbell.Succeeded}, func(all []apiv1.Delivery) bool { return len(all) == 3 }, clouds.Patience)
	if n := len(c.invoker.done()); n != 0 {
		t.Errorf("%d invocations have ended, although one target hangs", n)
	}
	hanging.Release()
	clouds.Eventually(t, "the invocation ends", func() bool { return len(c.invoker.done()) == 1 })
	if r := c.invoker.done()[0]; r.err != nil || r.tries != 1 {
		t.Errorf("the invocation gave %v at try %d", r.err, r.tries)
	}
	status := map[shipbell.Status]int{}
	for _, d := range c.Deliveries(client.DeliveryQuery{}) {
		status[d.Status]++
	}
	// That which failed waits for its next attempt; that which is denied has none.
	if diff := gocmp.Diff(map[shipbell.Status]int{"succeeded": 4, "pending": 1, "failed": 1}, status); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
}

// TestInvokedTwice has every asynchronous invocation happen twice, at once. Each
// delivery is attempted once.
func TestInvokedTwice(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.invoker.breaks(func(call tencentapi.Call) error {
		if call.ClientContext != probe {
			c.invoker.queue(run{event: []byte(call.ClientContext)})
		}
		return nil
	})
	c.Deliver()
	c.CreateTrigger(clouds.Pushes(to.URL()+"/a", to.URL()+"/b"))
	const events = 10
	for n := range events {
		c.Accept(clouds.Pushed("v" + strconv.Itoa(n)))
	}
	clouds.Once(t, c.WaitEnded(2*events, clouds.Patience))
	clouds.Eventually(t, "all invocations end", func() bool { return len(c.invoker.done()) == 2*(c.api.Calls()-1) }) // without the probe
	if n := len(to.Requests()); n != 2*events {
		t.Errorf("%d requests, want %d", n, 2*events)
	}
}

// TestStoreIsAway has no Redis when processes start. They say so, and go on in the
// same process when it is there.
func TestStoreIsAway(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{retries: 100}), sink.Start(t)
	c.CreateTrigger(clouds.Pushes(to.URL()))
	c.Accept(clouds.Pushed("v1"))
	for _, f := range c.Functions {
		f.Kill()
	}
	c.redis.Stop()
	if code, _, err := c.Post(t.Context(), clouds.Pushed("v2")); err != nil || code != http.StatusServiceUnavailable {
		t.Errorf("receive: status %d, %v, want 503", code, err)
	}
	c.Call(http.StatusServiceUnavailable, http.MethodGet, "/v1/deliveries/default", nil, nil)
	c.Call(http.StatusServiceUnavailable, http.MethodGet, "/v1/triggers/default", nil, nil)
	if _, err := c.Functions["sweep"].Invoke(map[string]string{"Type": "Timer"}); err == nil {
		t.Error("sweep swept nothing and said nothing")
	}
	c.Deliver()
	clouds.Eventually(t, "deliver fails", func() bool { return c.invoker.failures() > 0 })
	c.redis.Start()

	c.Accept(clouds.Pushed("v2"))
	clouds.Once(t, c.WaitEnded(2, clouds.Patience))
	if n := len(to.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// TestStoreRestarts kills Redis twice while events come, for longer than the functions
// try to reach it. Whatever was acknowledged is delivered, and no attempt is made twice
// but those that it interrupted.
func TestStoreRestarts(t *testing.T) {
	t.Parallel()
	c := newCloud(t, options{retries: 100, variables: map[string]string{"SHIPBELL_ATTEMPT_TIMEOUT": "2s"}})
	to := sink.Start(t)
	// The target is slow, so that attempts are under way whenever Redis goes.
	to.Respond(func(int, *sink.Received) (int, http.Header, string) {
		time.Sleep(50 * time.Millisecond)
		return http.StatusOK, nil, ""
	})
	c.Deliver()
	c.CreateTrigger(clouds.Pushes(to.URL()+"/a", to.URL()+"/b"))
	const senders, events = 4, 40
	var all sync.WaitGroup
	var accepted, refused atomic.Int64
	for sender := range senders {
		all.Go(func() {
			for n := range events {
				send(t, c, "v"+strconv.Itoa(sender)+"."+strconv.Itoa(n), &refused)
				accepted.Add(1)
			}
		})
	}
	for n := range 2 {
		clouds.Eventually(t, "events are accepted", func() bool { return int(accepted.Load()) >= (n+1)*senders*events/3 })
		before := refused.Load()
		c.redis.Kill()
		clouds.Eventually(t, "events are refused", func() bool { return refused.Load() > before })
		c.redis.Start()
	}
	all.Wait()
	c.Sweep()
	deliveries := c.WaitEnded(2*senders*events, clouds.Long)
	came := map[shipbell.DeliveryID]int{}
	for _, r := range to.Requests() {
		came[r.ID()]++
	}
	repeats := 0
	for _, d := range deliveries {
		// An attempt whose outcome could not be stored is made again.
		if d.Status != "succeeded" || came[d.ID] < 1 || came[d.ID] > len(d.Attempts) {
			t.Errorf("%d requests of delivery %+v", came[d.ID], d)
		}
		repeats += came[d.ID] - 1
	}
	t.Logf("%d deliveries, %d repeats, %d refusals", len(deliveries), repeats, refused.Load())
	// Twice, what was under way: at most what the senders could bring in the time of an
	// attempt.
	if most := 2 * 2 * 64; repeats > most {
		t.Errorf("%d repeats, want at most %d", repeats, most)
	}
}

// send sends an event until it is acknowledged, as a registry does, and counts how
// often it was not.
func send(t *testing.T, c *cloud, tag string, refused *atomic.Int64) {
	ctx, cancel := context.WithTimeout(t.Context(), clouds.Long)
	defer cancel()
	for {
		code, _, err := c.Post(ctx, clouds.Pushed(tag))
		if code == http.StatusAccepted && err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Errorf("%s was not acknowledged: %d, %v", tag, code, err)
			return
		}
		refused.Add(1)
		time.Sleep(20 * time.Millisecond)
	}
}
