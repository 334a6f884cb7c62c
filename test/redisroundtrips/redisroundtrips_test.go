// Package redisroundtrips_test counts how often an event makes a function on Tencent Cloud
// wait for Redis.
package redisroundtrips_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform"
	platformredis "github.com/shipbell/shipbell/shared/platform/redis"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/redis"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/tencentapi"
)

func TestMain(m *testing.M) { os.Exit(sink.OffLoopback(m)) }

// stack is receive and deliver over a real Redis, without SCF.
type stack struct {
	proxy   *redis.Proxy
	env     map[string]string
	key     string
	receive http.Handler
	// message works on a message, and queue is what it is taken out of.
	message func(context.Context, []byte) error
	queue   *platformredis.Runs
}

func start(t *testing.T, cluster, target string) *stack {
	t.Helper()
	s := &stack{proxy: redis.Start(t).Proxy()}
	keys := tencentapi.Credentials{ID: "id", Key: "key"}
	api := tencentapi.Start(t, keys, func(tencentapi.Call) error { return nil })
	s.env = map[string]string{
		"SHIPBELL_REDIS_URL": s.proxy.URL(), "SHIPBELL_REDIS_CLUSTER": cluster,
		"SHIPBELL_DELIVER_FUNCTION": "deliver", "SHIPBELL_REGION": "ap-guangzhou", "SHIPBELL_SCF_ENDPOINT": api.URL,
		"SHIPBELL_SECRET_ID": keys.ID, "SHIPBELL_SECRET_KEY": keys.Key,
		"SHIPBELL_SEAL_KEY": access.NewSealKey(), "SHIPBELL_ALLOW_TARGETS": sink.Network(),
	}
	s.receive = receive.Build(s.open(t, setup.Receive)).HTTP
	base := s.open(t, setup.Deliver)
	s.message, s.queue = deliver.Build(base).Message, base.Queue.(*platformredis.Runs)
	s.key = clouds.Fill(t, s.open(t, setup.Triggers).Store, target)
	return s
}

func (s *stack) open(t *testing.T, f setup.Function) *setup.Base {
	t.Helper()
	b, err := setup.Open(t.Context(), f, tencent.Open, func(name string) string { return s.env[name] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// event sends an event and works on its message, in a run of deliver. It answers the
// round trips of receive and of the work on the message.
func (s *stack) event(t *testing.T, body string) (received, delivered int, commands []string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/events/default", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.key)
	w := httptest.NewRecorder()
	s.proxy.Take()
	s.receive.ServeHTTP(w, r)
	received, commands = s.proxy.Take()
	if w.Code != http.StatusAccepted {
		t.Fatalf("receive answered %d %s", w.Code, w.Body)
	}
	var messages []string
	err := s.queue.Drain(t.Context(), platformredis.Run{Until: time.Now().Add(time.Minute), Work: platform.Work{
		Handle: func(_ context.Context, message []byte) error {
			messages = append(messages, string(message))
			return nil
		},
	}})
	if err != nil || len(messages) != 1 {
		t.Fatalf("messages %q, %v, want 1", messages, err)
	}
	s.proxy.Take()
	if err := s.message(t.Context(), []byte(messages[0])); err != nil {
		t.Fatal(err)
	}
	delivered, more := s.proxy.Take()
	return received, delivered, slices.Concat(commands, []string{"then"}, more)
}

// TestRoundTrips counts what one event waits for Redis that has one delivery, which
// succeeds at once, while the rules and the access key are fresh. That deliver takes
// messages is not counted: it takes up to sixteen at once.
func TestRoundTrips(t *testing.T) {
	target := sink.Start(t)
	for _, cluster := range []string{"false", "true"} {
		s := start(t, cluster, target.URL()+"/hook")
		for _, test := range []struct {
			what  string
			event func(int) json.RawMessage
			want  map[string]int // of receive, by cluster
		}{
			{"tcr: complete events", func(n int) json.RawMessage { return clouds.Pushed(fmt.Sprint("v", n)) }, map[string]int{"false": 4, "true": 5}},
			{"distribution: a new tag and digest to remember", clouds.Notified, map[string]int{"false": 4, "true": 5}},
		} {
			received, delivered := 99, 99
			var commands []string
			for n := range 20 { // the best of some: a second may pass between two
				in, out, all := s.event(t, string(test.event(n)))
				if in+out < received+delivered {
					received, delivered, commands = in, out, all
				}
			}
			t.Logf("cluster %s, %s: %d + %d: %q", cluster, test.what, received, delivered, commands)
			if received != test.want[cluster] || delivered != 3 {
				t.Errorf("cluster %s, %s: %d round trips in receive and %d in deliver, want %d and 3", cluster, test.what, received, delivered, test.want[cluster])
			}
		}
	}
}

// TestTakenAtOnce takes the messages of sixteen targets in one round trip.
func TestTakenAtOnce(t *testing.T) {
	s := start(t, "false", "http://192.0.2.1/")
	var messages []platform.Message
	for n := range 16 {
		messages = append(messages, platform.Message{Group: fmt.Sprint("target ", n), Body: fmt.Append(nil, "message ", n)})
	}
	if err := platform.First(s.queue.Send(t.Context(), messages...)); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Add(len(messages))
	trips := make(chan int, 1)
	s.proxy.Take()
	err := s.queue.Drain(t.Context(), platformredis.Run{Until: time.Now().Add(time.Minute), Work: platform.Work{
		Handle: func(_ context.Context, body []byte) error {
			if string(body) == "message 0" {
				n, _ := s.proxy.Take() // there are no more messages, so each later look is one
				trips <- n
			}
			all.Done()
			all.Wait() // all are worked on at once
			return nil
		},
	}})
	if n := <-trips; err != nil || n > 3 {
		t.Errorf("%d round trips until work began, %v, want 1, or few if it began late", n, err)
	}
}
