package lambda_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/sink"
)

// TestThrottled has DynamoDB take the event but not its deliveries. The registry is
// told to send it again, and then it makes what it would have made.
func TestThrottled(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.Deliver()
	c.CreateTrigger(clouds.Pushes(to.URL()+"/a", to.URL()+"/b"))
	c.dynamodb.breaks(failing("PutItem", `"delivery/`, throttling))
	code, _, err := c.Post(t.Context(), clouds.Pushed("v1"))
	if err != nil || code != http.StatusServiceUnavailable {
		t.Fatalf("status %d, %v, want 503", code, err)
	}
	refusedAt := time.Now()
	if all := c.Deliveries(client.DeliveryQuery{}); len(all) > 0 || len(to.Requests()) > 0 {
		t.Errorf("deliveries of an event that was not acknowledged: %v, %v", all, to.Requests())
	}
	c.dynamodb.breaks(nil)

	second := c.Accept(clouds.Pushed("v1"))
	if diff := gocmp.Diff(second, c.Accept(clouds.Pushed("v1"))); diff != "" {
		t.Errorf("the answer to the same event (-second +third):\n%s", diff)
	}
	for _, id := range second.Events[0].Deliveries {
		parsed, err := ulid.Parse(string(id))
		if err != nil || !ulid.Time(parsed.Time()).Before(refusedAt) {
			t.Errorf("delivery %s is of %v (%v), and not of the first receipt", id, ulid.Time(parsed.Time()), err)
		}
	}
	clouds.Once(t, c.WaitEnded(2, clouds.Patience))
	if n := len(to.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// TestEveryCallThrottled has DynamoDB throttle each write and read the first time it
// is made: before it is done, or after, so that its answer is lost. It is made again, and
// nothing is doubled.
func TestEveryCallThrottled(t *testing.T) {
	t.Parallel()
	for name, done := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, to := newCloud(t, options{}), sink.Start(t)
			c.CreateTrigger(clouds.Pushes(to.URL()+"/a", to.URL()+"/b"))
			var seen sync.Map
			var throttled atomic.Int64
			c.dynamodb.breaks(func(call string, body []byte, pass func([]byte) []byte) (int, string) {
				if _, again := seen.LoadOrStore(call+sorted(t, body), true); again {
					return 0, ""
				}
				if done {
					pass(body)
				}
				throttled.Add(1)
				return http.StatusBadRequest, throttling
			})
			c.Deliver()
			ids := c.Accept(clouds.Pushed("v1")).Events[0].Deliveries
			to.Wait(t, 2, clouds.Patience)
			for _, d := range c.WaitEnded(2, clouds.Patience) {
				if d.Status != "succeeded" || len(d.Attempts) != 1 || !slices.Contains(ids, d.ID) {
					t.Errorf("delivery %+v", d)
				}
			}
			if n := len(to.Requests()); n != 2 {
				t.Errorf("%d requests, want 2", n)
			}
			if n := throttled.Load(); n < 10 {
				t.Errorf("only %d calls were throttled", n)
			}
		})
	}
}

// sorted is a request with its fields in one order: those of a map come in another order
// in each try.
func sorted(t testing.TB, body []byte) string {
	var fields any
	if err := json.Unmarshal(body, &fields); err != nil {
		t.Errorf("a request that is no JSON: %v", err)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// TestPartOfABatch has one message of a batch fail because its row cannot be read:
// it alone stays in the queue, and is done when it comes again.
func TestPartOfABatch(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{visibility: "6"}), sink.Start(t)
	c.CreateTrigger(clouds.Pushes(to.URL()+"/0", to.URL()+"/1", to.URL()+"/2", to.URL()+"/3", to.URL()+"/4"))
	ids := c.Accept(clouds.Pushed("v1")).Events[0].Deliveries
	unlucky := string(ids[2])
	// The first messages carry the rows; the targets are unknown, so those about them come
	// again from the queue for slow ones, and carry none.
	c.dynamodb.breaks(failing("BatchGetItem", unlucky, refusal))
	seen := func() []batch { return slices.Concat(c.mapping.seen(), c.slow.seen()) }
	c.Deliver()
	to.Wait(t, len(ids)-1, clouds.Patience)
	clouds.Eventually(t, "the message fails a second time", func() bool { return len(failures(seen())) >= 2 })
	c.dynamodb.breaks(nil)
	c.WaitEnded(len(ids), clouds.Patience)
	clouds.Eventually(t, "the queue is empty", func() bool { return c.queued() == 0 })

	failed := failures(seen())
	for _, body := range failed {
		if !strings.Contains(body, unlucky) {
			t.Errorf("the message %s failed", body)
		}
	}
	times := map[string]int{}
	for _, b := range seen() {
		if b.err != nil {
			t.Errorf("an invocation failed: %v", b.err)
		}
		for _, body := range b.messages {
			times[body]++
		}
	}
	for body, n := range times {
		if again := slices.Contains(failed, body); again && n < 3 || !again && n != 1 {
			t.Errorf("the message %s came %d times", body, n)
		}
	}
	if n := len(to.Requests()); n != len(ids) {
		t.Errorf("%d requests, want %d", n, len(ids))
	}
}

// failures are the messages that the function left undone.
func failures(batches []batch) (bodies []string) {
	for _, b := range batches {
		bodies = append(bodies, b.failed...)
	}
	return bodies
}

// TestNewerSchema has a newer version of Shipbell change the table: a process that starts
// then refuses what it is asked, and says why in its log.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	c := newCloud(t, options{})
	c.Deliveries(client.DeliveryQuery{})
	opened, err := aws.Open(t.Context(), platform.Needs{Getenv: func(name string) string {
		for _, variable := range c.store {
			if value, found := strings.CutPrefix(variable, name+"="); found {
				return value
			}
		}
		return ""
	}})
	if err != nil {
		t.Fatal(err)
	}
	newer := platform.Item{Key: platform.Key{Partition: "start", Sort: "schema"}, Value: []byte("2")}
	if err := platform.First(opened.KV.Write(t.Context(), platform.Write{Item: newer, If: platform.Absent})); err != nil {
		t.Fatal(err)
	}
	logs := c.Functions["logs"]
	logs.Kill()
	c.Call(http.StatusServiceUnavailable, http.MethodGet, "/v1/deliveries/default", nil, nil)
	if !strings.Contains(logs.Log.String(), "the store has schema version 2") {
		t.Errorf("its log does not say why:\n%s", logs.Log.String())
	}
}
