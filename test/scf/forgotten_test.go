package scf_test

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/test/fleet"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// long bounds the waits for sweep, which lets a delivery alone for a minute.
const long = 100 * time.Second

// TestForgotten loses invocations and processes at once in several stacks, for the
// waits are long, and then sees in each that all was delivered.
func TestForgotten(t *testing.T) {
	t.Parallel()
	checks := []func(){
		killed(t, "killed, event comes again", 1),
		killed(t, "killed, event is lost", 0),
		unsent(t, "API fails", &tencentapi.Failure{Code: "InternalError", Message: "refused by the test"}),
		unsent(t, "API throttles", &tencentapi.Failure{Code: "RequestLimitExceeded", Message: "refused by the test"}),
		unsent(t, "API is down", &tencentapi.Failure{Status: 503, Message: "refused by the test"}),
	}
	for _, check := range checks {
		check()
	}
}

// killed kills deliver between its claim and its record. The attempt is repeated once
// its lease has ended: by the event, which SCF brings again, or by sweep where it does
// not.
func killed(t *testing.T, name string, retries int) (check func()) {
	t.Helper()
	c := newCloud(t, options{retries: retries, variables: map[string]string{"SHIPBELL_ATTEMPT_TIMEOUT": "2s"}})
	c.invoker.wait = 30 * time.Second // the lease is 22 s
	to := sink.Start(t)
	to.Hang()
	c.CreateTrigger(fleet.Pushes(to.URL()))
	c.deliver()
	id := c.Accept(fleet.Pushed("v1")).Events[0].Deliveries[0]
	to.Wait(t, 1, patience)
	if n := c.functions["deliver"].Kill(); n != 1 {
		t.Fatalf("%s: killed %d processes, want 1", name, n)
	}
	to.Release()
	if d := c.Delivery(id); d.Status != "pending" || len(d.Attempts) != 1 || d.Attempts[0].Error != "" {
		t.Fatalf("%s: after the kill: %+v", name, d)
	}
	if retries == 0 {
		c.sweep(time.Second)
	}
	return func() {
		t.Helper()
		to.Wait(t, 2, long)
		d := c.WaitEnded(1, patience)[0]
		for i := range d.Attempts {
			d.Attempts[i].StartedAt, d.Attempts[i].DurationMS = time.Time{}, 0
		}
		want := []server.Attempt{{Number: 1, Error: "interrupted: outcome unknown"}, {Number: 2, StatusCode: 200}}
		if diff := gocmp.Diff(want, d.Attempts); diff != "" || d.Status != "succeeded" {
			t.Errorf("%s: %s, attempts (-want +got):\n%s", name, d.Status, diff)
		}
		if requests := to.Requests(); len(requests) != 2 || requests[1].ID() != id {
			t.Errorf("%s: requests %v, want 2 of %s", name, requests, id)
		}
	}
}

// unsent has the API of SCF take no invocation for a while. What was acknowledged is
// delivered all the same, when sweep finds it.
func unsent(t *testing.T, name string, failure *tencentapi.Failure) (check func()) {
	t.Helper()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.deliver()
	c.CreateTrigger(fleet.Pushes(to.URL()+"/a", to.URL()+"/b", to.URL()+"/c"))
	c.invoker.breaks(func(tencentapi.Call) error { return failure })
	began := time.Now()
	if ids := c.Accept(fleet.Pushed("v1")).Events[0].Deliveries; len(ids) != 3 {
		t.Fatalf("%s: deliveries %v", name, ids)
	}
	// Registries give up on an answer after five seconds.
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%s: the answer took %v", name, took)
	}
	if n := c.api.Calls(); n == 0 {
		t.Errorf("%s: the API was not asked", name)
	}
	c.invoker.breaks(nil)
	c.sweep(time.Second)
	return func() {
		t.Helper()
		to.Wait(t, 3, long)
		for _, d := range c.WaitEnded(3, patience) {
			if d.Status != "succeeded" || len(d.Attempts) != 1 {
				t.Errorf("%s: delivery %+v", name, d)
			}
		}
		requests := to.Requests()
		for _, r := range requests {
			if r.Time.Sub(began) < time.Minute/2 {
				t.Errorf("%s: %v came although nothing was invoked", name, r)
			}
		}
		if len(requests) != 3 {
			t.Errorf("%s: %d requests, want 3", name, len(requests))
		}
	}
}
