package scf_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// TestForgotten loses invocations and processes at once in several stacks, for the
// waits are long, and then sees in each that all was delivered.
func TestForgotten(t *testing.T) {
	t.Parallel()
	killed := func(name string, retries int) func() {
		c := newCloud(t, options{retries: retries, variables: map[string]string{"SHIPBELL_ATTEMPT_TIMEOUT": clouds.AttemptTimeout}})
		return clouds.Killed(t, name, c.Stack, true)
	}
	for _, check := range []func(){
		killed("killed, invocation comes again", 1),
		killed("killed, invocation is lost", 0),
	} {
		check()
	}
}

// TestNotInvoked has the API of SCF fail for an event. The answer is in time, its
// deliveries wait in Redis, and the next event has deliver invoked for them too; without
// one sweep has.
func TestNotInvoked(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]*tencentapi.Failure{
		"fails":     {Code: "InternalError", Message: "refused by the test"},
		"throttles": {Code: "RequestLimitExceeded", Message: "refused by the test"},
		"is down":   {Status: http.StatusServiceUnavailable, Message: "refused by the test"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, to := newCloud(t, options{}), sink.Start(t)
			c.Deliver()
			c.CreateTrigger(clouds.Pushes(to.URL()+"/a", to.URL()+"/b", to.URL()+"/c"))
			for _, tag := range []string{"event", "sweep"} {
				c.invoker.breaks(func(tencentapi.Call) error { return failure })
				before, began := len(to.Requests()), time.Now()
				c.Accept(clouds.Pushed(tag))
				// Registries give up on an answer after five seconds.
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("the answer took %v", took)
				}
				if n := len(to.Requests()) - before; n > 0 {
					t.Errorf("%d requests without an invocation", n)
				}
				c.invoker.breaks(nil)
				if tag == "event" {
					c.Accept(clouds.Pushed("next"))
				} else if _, err := c.Functions["sweep"].Invoke(c.Timer); err != nil {
					t.Error(err)
				}
				to.Wait(t, before+3, clouds.Patience)
				clouds.Eventually(t, "the invocation ends", func() bool { return len(c.invoker.done()) > 0 })
			}
			clouds.Once(t, c.WaitEnded(9, clouds.Patience))
		})
	}
}

// TestKilledWithMessages kills a deliver while a target has its share of requests and
// more messages wait for it. Sweep has deliver invoked for these within seconds; those
// that were claimed come when their leases have ended.
func TestKilledWithMessages(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	const share, events = 8, 20
	to.Hang()
	c.Deliver()
	c.CreateTrigger(clouds.Pushes(to.URL()))
	for n := range events {
		c.Accept(clouds.Pushed(fmt.Sprint("v", n)))
	}
	to.Wait(t, share, clouds.Patience)
	if n := c.Functions["deliver"].Kill(); n != 1 {
		t.Fatalf("killed %d processes, want 1", n)
	}
	to.Release()
	killed := time.Now()
	c.Sweep()
	to.Wait(t, events, clouds.Patience)
	t.Logf("the others came %v after the kill", time.Since(killed).Round(time.Millisecond))
	came := map[shipbell.DeliveryID]bool{}
	for _, r := range to.Requests() {
		came[r.ID()] = true
	}
	if len(came) != events {
		t.Errorf("%d of %d deliveries were attempted", len(came), events)
	}
}
