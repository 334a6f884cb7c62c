package tencent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// role are the temporary keys of a function.
var role = tencentapi.Credentials{ID: "AKID-of-the-role", Key: "very-secret-key", Token: "very-secret-token"}

func environment(c tencentapi.Credentials) []string {
	return []string{"TENCENTCLOUD_SECRETID=" + c.ID, "TENCENTCLOUD_SECRETKEY=" + c.Key, "TENCENTCLOUD_SESSIONTOKEN=" + c.Token}
}

// openQueue opens a queue whose invocations go to an API.
func openQueue(t *testing.T, api *tencentapi.API, pairs ...string) platform.Queue {
	t.Helper()
	return open(t, platform.Needs{Queue: true}, append(append(environment(role),
		"SHIPBELL_REDIS_URL=redis://127.0.0.1:1", "SHIPBELL_DELIVER_FUNCTION=shipbell-deliver",
		"TENCENTCLOUD_REGION=ap-guangzhou", "SHIPBELL_SCF_ENDPOINT="+api.URL), pairs...)...).Queue
}

// messages reads an envelope.
func messages(t *testing.T, event string) []string {
	t.Helper()
	var envelope struct {
		Shipbell string
		Messages []string
	}
	if err := json.Unmarshal([]byte(event), &envelope); err != nil || envelope.Shipbell != "deliver" {
		t.Errorf("%s is no envelope (%v)", event, err)
	}
	return envelope.Messages
}

// TestQueue runs the suite over invocations that run as SCF runs them: later, all
// at once, each with all of its messages.
func TestQueue(t *testing.T) {
	platformtest.Queue(t, func(t *testing.T, handle platformtest.Handler) platform.Queue {
		var running sync.WaitGroup
		t.Cleanup(running.Wait)
		api := tencentapi.Start(t, role, func(call tencentapi.Call) error {
			for _, body := range messages(t, call.ClientContext) {
				running.Go(func() { _ = handle(context.WithoutCancel(t.Context()), []byte(body)) }) // sweep would find it
			}
			return nil
		})
		return openQueue(t, api)
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
		q := openQueue(t, api, test.set...)
		if err := q.Send(t.Context(), platform.Message{Group: "g", Body: []byte(`{"id":"☃"}`), Delay: time.Minute})[0]; err != nil {
			t.Fatal(err)
		}
		test.want.FunctionName, test.want.InvocationType = "shipbell-deliver", "Event"
		test.want.ClientContext = `{"shipbell":"deliver","messages":["{\"id\":\"☃\"}"]}`
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.set, diff)
		}
		if got := q.MaxDelay(); got != 0 {
			t.Errorf("the longest delay is %v", got)
		}
	}
}

// TestFailingInvoke tries again what may pass, and tells of the rest which messages
// it is about.
func TestFailingInvoke(t *testing.T) {
	failure := func(status int, code string) error {
		return &tencentapi.Failure{Status: status, Code: code, Message: "injected"}
	}
	for _, test := range []struct {
		err   error
		fails int // how many requests
		calls int
		want  string // of the error; "" for none
	}{
		{nil, 0, 1, ""},
		{failure(0, "RequestLimitExceeded"), 2, 3, ""},
		{failure(0, "RequestLimitExceeded"), 9, 3, platform.ErrFull.Error()},
		{failure(0, "RequestLimitExceeded.UinLimitExceeded"), 9, 3, platform.ErrFull.Error()},
		{failure(0, "InternalError"), 1, 2, ""},
		{failure(0, "InternalError.System"), 9, 3, "InternalError.System"},
		{failure(502, ""), 1, 2, ""},
		{failure(502, ""), 9, 3, "invoke shipbell-deliver"},
		{failure(0, "ResourceNotFound.Function"), 9, 1, "ResourceNotFound.Function"},
		{failure(0, "UnauthorizedOperation.CAM"), 9, 1, "UnauthorizedOperation.CAM"},
		{failure(0, "LimitExceeded.Quota"), 9, 1, "LimitExceeded.Quota"},
	} {
		var calls atomic.Int32
		api := tencentapi.Start(t, role, func(tencentapi.Call) error {
			if int(calls.Add(1)) <= test.fails {
				return test.err
			}
			return nil
		})
		errs := openQueue(t, api).Send(t.Context(), platform.Message{Body: []byte("one")}, platform.Message{Body: []byte{0xff}}, platform.Message{Body: []byte("two")})
		if errs[1] == nil || errs[0] != errs[2] {
			t.Errorf("%v: errors %v", test.err, errs)
		}
		if (errs[0] == nil) != (test.want == "") || errs[0] != nil && !strings.Contains(errs[0].Error(), test.want) || int(calls.Load()) != test.calls {
			t.Errorf("%v, %d times: got %v after %d requests, want %q after %d", test.err, test.fails, errs[0], calls.Load(), test.want, test.calls)
		}
	}
}

// TestInvokeAway fails without the API, and says why, but none of the keys.
func TestInvokeAway(t *testing.T) {
	var output bytes.Buffer
	log.SetOutput(&output)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	api := tencentapi.Start(t, tencentapi.Credentials{ID: "other"}, func(tencentapi.Call) error { return nil })
	for _, pair := range []string{"SHIPBELL_SCF_ENDPOINT=http://127.0.0.1:1", ""} {
		err := openQueue(t, api, pair).Send(t.Context(), platform.Message{Body: []byte("x")})[0]
		if err == nil || errors.Is(err, platform.ErrFull) {
			t.Errorf("%q: %v", pair, err)
		}
		if text := fmt.Sprint(err) + output.String(); strings.Contains(text, "very-secret") {
			t.Errorf("the error or the log tells a secret: %s", text)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := openQueue(t, api).Send(ctx, platform.Message{Body: []byte("x")})[0]; err == nil {
		t.Error("a cancelled context did not end the call")
	}
}

// TestCredentials signs with the keys that the environment holds at the moment of
// the call, and with a fixed one if there is one.
func TestCredentials(t *testing.T) {
	api := tencentapi.Start(t, role, func(tencentapi.Call) error { return nil })
	env := map[string]string{
		"SHIPBELL_REDIS_URL": "redis://127.0.0.1:1", "SHIPBELL_DELIVER_FUNCTION": "d", "SHIPBELL_REGION": "ap-guangzhou", "SHIPBELL_SCF_ENDPOINT": api.URL,
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
	send := func() error { return opened.Queue.Send(t.Context(), platform.Message{Body: []byte("x")})[0] }
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

// TestPack fills envelopes up to their limits and keeps the order.
func TestPack(t *testing.T) {
	many := func(n int, body string) (list []platform.Message) {
		for range n {
			list = append(list, platform.Message{Body: []byte(body)})
		}
		return list
	}
	for _, test := range []struct {
		what     string
		messages []platform.Message
		sizes    []int // messages in each envelope
		failed   int
	}{
		{"nothing", nil, nil, 0},
		{"a hundred", many(100, `{"registry":"default","id":"01J"}`), []int{100}, 0},
		{"one more", many(101, "x"), []int{100, 1}, 0},
		{"large ones", many(5, strings.Repeat("x", 30<<10)), []int{2, 2, 1}, 0},
		{"one that grows", many(2, strings.Repeat(`"`, 60<<10)), []int{1, 1}, 0},
		{"one that grows too much", many(2, strings.Repeat("\x00", 64<<10)), nil, 2},
		{"no text", many(1, "\xff"), nil, 1},
		{"empty", many(1, ""), nil, 1},
	} {
		events, errs := tencent.Pack(test.messages)
		var sizes []int
		var bodies []string
		for _, event := range events {
			if len(event) > 128<<10 || len(event) > 64<<10 && len(messages(t, string(event))) > 1 {
				t.Errorf("%s: an envelope of %d bytes", test.what, len(event))
			}
			sizes = append(sizes, len(messages(t, string(event))))
			bodies = append(bodies, messages(t, string(event))...)
		}
		failed := 0
		for i, err := range errs {
			if err != nil {
				failed++
			} else if bodies[i] != string(test.messages[i].Body) {
				t.Errorf("%s: message %d is not as it was", test.what, i)
			}
		}
		if !slices.Equal(sizes, test.sizes) || failed != test.failed {
			t.Errorf("%s: envelopes of %v, %d failed; want %v, %d", test.what, sizes, failed, test.sizes, test.failed)
		}
	}
}
