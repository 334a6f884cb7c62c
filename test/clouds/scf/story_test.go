package scf_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/measured"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/story"
	"github.com/shipbell/shipbell/test/tencentapi"
)

func TestBehaviour(t *testing.T) {
	for name, gateway := range map[string]bool{"function url": false, "api gateway": true} {
		t.Run(name, func(t *testing.T) {
			clouds.Behaviour(t, func(t testing.TB) *clouds.Stack { return newCloud(t, options{gateway: gateway}).Stack })
		})
	}
}

func TestHeldTargetIsMeasured(t *testing.T) {
	t.Parallel()
	clouds.Held(t, newCloud(t, options{variables: map[string]string{"SHIPBELL_ATTEMPT_TIMEOUT": "1s"}}).Stack)
}

// TestQueueIsMeasured has events come while deliver does not run. What waits in Redis is
// measured, and how long it has; a new process of sweep measures at once.
func TestQueueIsMeasured(t *testing.T) {
	t.Parallel()
	const events = 5
	c, to := newCloud(t, options{}), sink.Start(t)
	c.CreateTrigger(clouds.Pushes(to.URL()))
	swept := func(what string, as func(measured.Values) bool) {
		t.Helper()
		c.Functions["sweep"].Kill()
		if answer, err := c.Functions["sweep"].Invoke(c.Timer); err != nil {
			t.Fatalf("sweep: %s, %v", answer, err)
		}
		story.Measured(t, what, c.Measured, as)
	}
	for n := range events {
		c.Accept(clouds.Pushed(fmt.Sprint("v", n)))
	}
	swept("while nothing is delivered", func(v measured.Values) bool {
		return v["SweepsFinished"] == 1 && v["QueueDepth"] == events && v["QueueOldestAgeSeconds"] > 0
	})
	c.Deliver()
	c.WaitEnded(events, clouds.Patience)
	swept("when all is delivered", func(v measured.Values) bool {
		return v["SweepsFinished"] == 2 && v["QueueDepth"] == 0 && v["QueueOldestAgeSeconds"] == 0 && v["DeliveriesSucceeded"] == events
	})
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	clouds.Loopback(t, newCloud(t, options{variables: map[string]string{"SHIPBELL_ALLOW_TARGETS": clouds.Everything}}).Stack)
}

// TestCheck checks the stack from outside, as whoever deployed it does.
func TestCheck(t *testing.T) {
	t.Parallel()
	c := newCloud(t, options{})
	c.Deliver()
	clouds.Check(t, c.Stack, func() {
		c.invoker.breaks(func(tencentapi.Call) error { return &tencentapi.Failure{Code: "UnauthorizedOperation.CAM"} })
	})
}

// TestEventBridge brings events by EventBridge, one and several at
// once. What is brought twice is delivered once.
func TestEventBridge(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.Deliver()
	c.CreateTrigger(clouds.Pushes(to.URL()))
	event := func(id string, name string, data any) map[string]any {
		return map[string]any{
			"specversion": "1.0", "id": id, "type": "registry:event:push", "source": "registry.example", "subject": "any",
			"time": "1615430559146", "region": region, "datacontenttype": "application/json", name: data,
		}
	}
	one := event("1", "data", clouds.Pushed("v1"))
	for _, e := range []any{
		one, one,
		map[string]any{"EventList": []any{
			event("2", "data", string(clouds.Pushed("v2"))), event("3", "data_base64", base64.StdEncoding.EncodeToString(clouds.Pushed("v3"))),
		}},
	} {
		if answer, err := c.Functions["receive"].Invoke(e); err != nil {
			t.Fatalf("receive: %s, %v", answer, err)
		}
	}
	came := map[string]int{}
	for _, d := range c.WaitEnded(3, clouds.Patience) {
		came[d.Resources[0].URL]++
	}
	for _, tag := range []string{"v1", "v2", "v3"} {
		if came[story.Host+"/public/app:"+tag] != 1 {
			t.Errorf("deliveries %v, want one of %s", came, tag)
		}
	}
	if _, err := c.Functions["receive"].Invoke(map[string]string{"neither": "nor"}); err == nil {
		t.Error("receive took an event of no known kind")
	}
}

// TestRotatedRole renews the credentials of the functions' role between two events,
// as SCF does while processes live. Those of before are refused from then on.
func TestRotatedRole(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.Deliver()
	c.CreateTrigger(clouds.Pushes(to.URL()))
	c.Accept(clouds.Pushed("v1"))
	clouds.Eventually(t, "the first invocation ends", func() bool { return len(c.invoker.done()) == 1 })
	c.rotate(tencentapi.Credentials{ID: "role-id-2", Key: "role-key-2", Token: "role-token-2"})
	c.Accept(clouds.Pushed("v2"))
	c.WaitEnded(2, clouds.Patience)
	if n := c.Functions["receive"].Started(); n != 1 {
		t.Errorf("%d processes received, want 1 with both credentials", n)
	}
	if n := c.api.Calls(); n != 3 {
		t.Errorf("%d calls of the API, want a probe and 2", n)
	}
}

// TestAdminSecret: the functions' role may invoke every function, but gets no admin key:
// that takes the secret, which no function that has the role finds in its environment.
func TestAdminSecret(t *testing.T) {
	t.Parallel()
	c := startCloud(t, options{})
	triggers := c.Functions["triggers"]
	for _, secret := range []string{"", "redis-secret", "role-key-1"} {
		answer, err := triggers.Invoke(map[string]string{"shipbell": "create-admin-key", "secret": secret})
		if err == nil || !strings.Contains(err.Error(), "SHIPBELL_ADMIN_SECRET") {
			t.Errorf("the secret %q gets %s, %v", secret, answer, err)
		}
	}
	for name, one := range c.deployed {
		if _, has := one.Environment["SHIPBELL_ADMIN_SECRET"]; has != (name == "triggers") {
			t.Errorf("%s has the secret: %v", name, has)
		}
	}
	c.Connect(c.front)
}

// TestFirstInvocation refuses what receive needs to have deliveries attempted. Its first
// invocation tells so, before any event comes: in readyz and in the log. Events are
// taken.
func TestFirstInvocation(t *testing.T) {
	t.Parallel()
	c := newCloud(t, options{})
	c.Call(http.StatusOK, http.MethodGet, "/readyz", nil, nil)
	receive := c.Functions["receive"]
	if n := c.api.Calls(); n != 1 || !strings.Contains(receive.Log.String(), `"msg":"deliveries can be woken"`) {
		t.Errorf("%d calls of the API, and the log %s", n, receive.Log.String())
	}
	if answer, err := c.Functions["deliver"].Invoke(json.RawMessage(probe)); err != nil {
		t.Errorf("deliver answers the probe: %s, %v", answer, err)
	}
	receive.Kill()
	c.invoker.breaks(func(tencentapi.Call) error {
		return &tencentapi.Failure{Code: "UnauthorizedOperation.CAM", Message: "no permission"}
	})
	for range 2 {
		var refused *client.Error
		if _, err := c.API.Ready(t.Context()); !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable || refused.Code != "wake-unavailable" {
			t.Errorf("readyz answers %v", err)
		}
	}
	if n, text := c.api.Calls(), receive.Log.String(); n != 2 || !strings.Contains(text, `"msg":"deliveries cannot be woken"`) || !strings.Contains(text, "UnauthorizedOperation.CAM") {
		t.Errorf("%d calls of the API, and the log %s", n, text)
	}
	c.Accept(clouds.Pushed("v1"))
}

// TestEnvironment: a process starts without its variables. An invocation says which
// is missing or wrong, and the next one has another try in the same process.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ function, variable, value, want string }{
		"missing": {"receive", "SHIPBELL_REDIS_URL", "", "SHIPBELL_REDIS_URL"},
		"wrong":   {"deliver", "SHIPBELL_RETRY_WAITS", "soon", "SHIPBELL_RETRY_WAITS"},
		"no key":  {"triggers", "SHIPBELL_SEAL_KEY", "env:short", "SHIPBELL_SEAL_KEY"},
		"no role": {"logs", "SHIPBELL_DELIVER_FUNCTION", "", "SHIPBELL_DELIVER_FUNCTION"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCloud(t, options{variables: map[string]string{test.variable: test.value}})
			event := any(map[string]string{"httpMethod": http.MethodGet, "path": "/healthz"})
			if test.function == "deliver" {
				event = map[string]string{"shipbell": "deliver"}
			}
			f := c.Functions[test.function]
			if _, err := f.Invoke(event); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the invocation gave %v, want one that names %s", err, test.want)
			}
			c.repair(test.variable)
			if answer, err := f.Invoke(event); err != nil {
				t.Errorf("after the repair: %s, %v", answer, err)
			}
			if n := f.Started(); n != 1 {
				t.Errorf("%d processes, want 1", n)
			}
		})
	}
}

// TestClientsStayOutside: what is for the platform alone is nothing that a client can
// ask for, whatever it sends.
func TestClientsStayOutside(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.CreateTrigger(clouds.Pushes(to.URL()))
	stranger := server.Connect(t, c.Listen(c.front), "nobody:nothing")
	for path, body := range map[string]any{
		"/v1/keys":           map[string]any{"shipbell": "create-admin-key"},
		"/v1/events/default": map[string]any{"specversion": "1.0", "data": clouds.Pushed("v1"), "EventList": []any{map[string]any{"data": clouds.Pushed("v2")}}},
	} {
		stranger.Call(http.StatusUnauthorized, http.MethodPost, path, body, nil)
	}
	if all := c.Deliveries(client.DeliveryQuery{}); len(all) > 0 {
		t.Errorf("deliveries %+v", all)
	}
	for _, name := range []string{"deliver", "sweep"} {
		if _, err := c.Functions[name].Invoke(map[string]any{"httpMethod": "POST", "path": "/", "shipbell": "deliver"}); err == nil {
			t.Errorf("%s took an HTTP request", name)
		}
	}
}
