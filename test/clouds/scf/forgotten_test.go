package scf_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// TestForgotten loses invocations and processes at once in several stacks, for the
// waits are long, and then sees in each that all was delivered.
func TestForgotten(t *testing.T) {
	t.Parallel()
	killed := func(name string, retries int) func() {
		c := newCloud(t, options{retries: retries, variables: map[string]string{"SHIPBELL_ATTEMPT_TIMEOUT": clouds.AttemptTimeout}})
		c.invoker.wait = 30 * time.Second // longer than the lease
		return clouds.Killed(t, name, c.Stack, retries == 0)
	}
	unsent := func(name string, failure *tencentapi.Failure) func() {
		c := newCloud(t, options{})
		return clouds.Unsent(t, name, c.Stack, 0, func() {
			c.invoker.breaks(func(tencentapi.Call) error { return failure })
		}, func() {
			if c.api.Calls() == 0 {
				t.Errorf("%s: the API was not asked", name)
			}
			c.invoker.breaks(nil)
		})
	}
	for _, check := range []func(){
		killed("killed, event comes again", 1),
		killed("killed, event is lost", 0),
		unsent("API fails", &tencentapi.Failure{Code: "InternalError", Message: "refused by the test"}),
		unsent("API throttles", &tencentapi.Failure{Code: "RequestLimitExceeded", Message: "refused by the test"}),
		unsent("API is down", &tencentapi.Failure{Status: 503, Message: "refused by the test"}),
	} {
		check()
	}
}
