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

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/access"
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
	deliver func(context.Context, []byte) error

	mu     sync.Mutex
	bodies []string // of messages that wait for deliver
}

func start(t *testing.T, cluster, target string) *stack {
	t.Helper()
	s := &stack{proxy: redis.Start(t).Proxy()}
	keys := tencentapi.Credentials{ID: "id", Key: "key"}
	api := tencentapi.Start(t, keys, s.queue)
	s.env = map[string]string{
		"SHIPBELL_REDIS_URL": s.proxy.URL(), "SHIPBELL_REDIS_CLUSTER": cluster,
		"SHIPBELL_DELIVER_FUNCTION": "deliver", "SHIPBELL_REGION": "ap-guangzhou", "SHIPBELL_SCF_ENDPOINT": api.URL,
		"SHIPBELL_SECRET_ID": keys.ID, "SHIPBELL_SECRET_KEY": keys.Key,
		"SHIPBELL_SEAL_KEY": access.NewSealKey(), "SHIPBELL_ALLOW_TARGETS": sink.Network(),
	}
	s.receive = receive.Build(s.open(t, setup.Receive)).HTTP
	s.deliver = deliver.Build(s.open(t, setup.Deliver)).Message
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

// queue keeps the messages of an invocation.
func (s *stack) queue(call tencentapi.Call) error {
	var envelope struct{ Messages []string }
	if err := json.Unmarshal([]byte(call.ClientContext), &envelope); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies = append(s.bodies, envelope.Messages...)
	return nil
}

// event sends an event and works on its message. It answers the round trips of
// receive and of deliver.
func (s *stack) event(t *testing.T, body string) (received, delivered int, commands []string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/events/default", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.key)
	w := httptest.NewRecorder()
	s.proxy.Take()
	s.receive.ServeHTTP(w, r)
	received, commands = s.proxy.Take()
	if w.Code != http.StatusAccepted || len(s.bodies) != 1 {
		t.Fatalf("receive answered %d %s, and there are %d messages", w.Code, w.Body, len(s.bodies))
	}
	if err := s.deliver(t.Context(), []byte(s.bodies[0])); err != nil {
		t.Fatal(err)
	}
	s.bodies = nil
	delivered, more := s.proxy.Take()
	return received, delivered, slices.Concat(commands, []string{"then"}, more)
}

// TestRoundTrips counts what one event waits for Redis that has one delivery,
// which succeeds at once, while the rules and the access key are fresh.
func TestRoundTrips(t *testing.T) {
	target := sink.Start(t)
	for _, cluster := range []string{"false", "true"} {
		s := start(t, cluster, target.URL()+"/hook")
		for _, test := range []struct {
			what  string
			event func(int) json.RawMessage
			want  map[string]int // of receive, by cluster
		}{
			{"tcr: complete events", func(n int) json.RawMessage { return clouds.Pushed(fmt.Sprint("v", n)) }, map[string]int{"false": 1, "true": 2}},
			{"distribution: a new tag and digest to remember", clouds.Notified, map[string]int{"false": 3, "true": 4}},
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
