package tencent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/test/redis"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// role are the temporary keys of a function.
var role = tencentapi.Credentials{ID: "AKID-of-the-role", Key: "very-secret-key", Token: "very-secret-token"}

func environment(c tencentapi.Credentials) []string {
	return []string{"TENCENTCLOUD_SECRETID=" + c.ID, "TENCENTCLOUD_SECRETKEY=" + c.Key, "TENCENTCLOUD_SESSIONTOKEN=" + c.Token}
}

// openQueue opens a queue in a Redis whose invocations go to an API.
func openQueue(t *testing.T, api *tencentapi.API, url string, pairs ...string) platform.Queue {
	t.Helper()
	return open(t, platform.Needs{Queue: true}, append(append(environment(role),
		"SHIPBELL_REDIS_URL="+url, "SHIPBELL_DELIVER_FUNCTION=shipbell-deliver",
		"TENCENTCLOUD_REGION=ap-guangzhou", "SHIPBELL_SCF_ENDPOINT="+api.URL), pairs...)...).Queue
}

// TestQueue runs the suite over invocations that run as SCF runs them: later, and with
// what waits then.
func TestQueue(t *testing.T) {
	platformtest.Queue(t, func(t *testing.T, handle platformtest.Handler) platform.Queue {
		url := redis.Start(t).Proxy().URL()
		var running sync.WaitGroup
		t.Cleanup(running.Wait)
		h := platform.Handlers{Message: handle, Limit: time.Minute, Logger: slog.New(slog.DiscardHandler)}
		api := tencentapi.Start(t, role, func(call tencentapi.Call) error {
			running.Go(func() {
				if _, err := tencent.NewHandler(h)(context.WithoutCancel(t.Context()), []byte(call.ClientContext)); err != nil {
					t.Error(err)
				}
			})
			return nil
		})
		h.Queue = openQueue(t, api, url)
		return h.Queue
	})
}

// TestInvoke tells the API what the settings say.
func TestInvoke(t *testing.T) {
	for _, test := range []struct {
		set  []string
		want tencentapi.Call
	}{
		{nil, tencentapi.Call{Namespace: "default", Qualifier: "$LATEST", Region: "ap-guangzhou"}},
		{[]string{"SHIPBELL_DELIVER_NAMESPACE=shipbell", "SHIPBELL_DELIVER_QUALIFIER=7", "SHIPBELL_REGION=ap-beijing"},
			tencentapi.Call{Namespace: "shipbell", Qualifier: "7", Region: "ap-beijing"}},
	} {
		var got tencentapi.Call
		api := tencentapi.Start(t, role, func(call tencentapi.Call) error { got = call; return nil })
		q := openQueue(t, api, redis.Start(t).URL(), test.set...)
		if err := q.Send(t.Context(), platform.Message{Group: "g", Body: []byte("x"), Delay: time.Minute})[0]; err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^{"shipbell":"deliver","run":"[0-9a-f]{16}"}$`).MatchString(got.ClientContext) {
			t.Errorf("the event is %s", got.ClientContext)
		}
		test.want.FunctionName, test.want.InvocationType, test.want.ClientContext = "shipbell-deliver", "Event", got.ClientContext
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.set, diff)
		}
		if got := q.MaxDelay(); got != 0 {
			t.Errorf("the longest delay is %v", got)
		}
	}
}

// TestFailingInvoke tries again what may pass, and gives the messages the error of what
// does not.
func TestFailingInvoke(t *testing.T) {
	failure := func(status int, code string) error {
		return &tencentapi.Failure{Status: status, Code: code, Message: "injected"}
	}
	url := redis.Start(t).URL()
	for n, test := range []struct {
		err   error
		fails int // how many requests
		calls int
		want  string // of the error; "" for none
	}{
		{failure(0, "RequestLimitExceeded"), 9, 3, "RequestLimitExceeded"},
		{failure(0, "RequestLimitExceeded.UinLimitExceeded"), 9, 3, "RequestLimitExceeded"},
		{failure(0, "InternalError.System"), 9, 3, "InternalError.System"},
		{failure(502, ""), 9, 3, "invoke shipbell-deliver"},
		{failure(0, "ResourceNotFound.Function"), 9, 1, "ResourceNotFound.Function"},
		{failure(0, "UnauthorizedOperation.CAM"), 9, 1, "UnauthorizedOperation.CAM"},
		{failure(0, "LimitExceeded.Quota"), 9, 1, "LimitExceeded.Quota"},
		{failure(0, "RequestLimitExceeded"), 2, 3, ""},
	} {
		var calls atomic.Int32
		api := tencentapi.Start(t, role, func(tencentapi.Call) error {
			if int(calls.Add(1)) <= test.fails {
				return test.err
			}
			return nil
		})
		body := fmt.Append(nil, "message ", n)
		errs := openQueue(t, api, url).Send(t.Context(), platform.Message{Group: "a", Body: body}, platform.Message{Group: "b", Body: append(body, '2')})
		if errs[0] != errs[1] || (errs[0] == nil) != (test.want == "") || errs[0] != nil && !strings.Contains(errs[0].Error(), test.want) || int(calls.Load()) != test.calls {
			t.Errorf("%v, %d times: got %v after %d requests, want %q after %d", test.err, test.fails, errs, calls.Load(), test.want, test.calls)
		}
	}
}

// TestInvokeAway fails without the API, and says why, but none of the keys.
func TestInvokeAway(t *testing.T) {
	var output bytes.Buffer
	log.SetOutput(&output)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	api := tencentapi.Start(t, tencentapi.Credentials{ID: "other"}, func(tencentapi.Call) error { return nil })
	url := redis.Start(t).URL()
	for _, pair := range []string{"SHIPBELL_SCF_ENDPOINT=http://127.0.0.1:1", ""} {
		err := openQueue(t, api, url, pair).Send(t.Context(), platform.Message{Group: "g", Body: []byte("x")})[0]
		if err == nil || errors.Is(err, platform.ErrFull) {
			t.Errorf("%q: %v", pair, err)
		}
		if text := fmt.Sprint(err) + output.String(); strings.Contains(text, "very-secret") {
			t.Errorf("the error or the log tells a secret: %s", text)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := openQueue(t, api, url).Send(ctx, platform.Message{Group: "g", Body: []byte("x")})[0]; err == nil {
		t.Error("a cancelled context did not end the call")
	}
}

// TestCredentials signs with the keys that the environment holds at the moment of
// the call, and with a fixed one if there is one.
func TestCredentials(t *testing.T) {
	server := redis.Start(t)
	raw := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer raw.Close()
	api := tencentapi.Start(t, role, func(tencentapi.Call) error { return nil })
	env := map[string]string{
		"SHIPBELL_REDIS_URL": server.URL(), "SHIPBELL_DELIVER_FUNCTION": "d", "SHIPBELL_REGION": "ap-guangzhou", "SHIPBELL_SCF_ENDPOINT": api.URL,
	}
	set := func(c tencentapi.Credentials) {
		env["TENCENTCLOUD_SECRETID"], env["TENCENTCLOUD_SECRETKEY"], env["TENCENTCLOUD_SESSIONTOKEN"] = c.ID, c.Key, c.Token
	}
	set(role)
	needs := platform.Needs{Queue: true, Getenv: func(name string) string { return env[name] }}
	opened, err := tencent.Open(t.Context(), needs)
	if err != nil {
		t.Fatal(err)
	}
	send := func() error {
		raw.FlushAll(t.Context()) // as after a run has ended
		return opened.Queue.Send(t.Context(), platform.Message{Group: "g", Body: []byte("x")})[0]
	}
	if err := send(); err != nil {
		t.Errorf("with the first keys: %v", err)
	}
	next := tencentapi.Credentials{ID: "AKID-next", Key: "next-key", Token: "next-token"}
	api.Accept(next)
	if err := send(); err == nil || !strings.Contains(err.Error(), "SecretIdNotFound") {
		t.Errorf("with the old keys: %v", err)
	}
	set(next)
	if err := send(); err != nil {
		t.Errorf("with the next keys: %v", err)
	}
	env["SHIPBELL_SECRET_ID"], env["SHIPBELL_SECRET_KEY"] = "AKID-fixed", "fixed-key"
	api.Accept(tencentapi.Credentials{ID: "AKID-fixed", Key: "fixed-key"})
	if err := send(); err != nil {
		t.Errorf("with the fixed key: %v", err)
	}
}
