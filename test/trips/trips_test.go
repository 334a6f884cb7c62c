// Package trips_test counts how often an event makes a function on Tencent Cloud
// wait for Redis.
package trips_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/redis"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/tencentapi"
)

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
		"SHIPBELL_SEAL_KEY": access.NewSealKey(), "SHIPBELL_ALLOW_TARGETS": "127.0.0.0/8",
	}
	s.receive = receive.Build(s.open(t, setup.Receive)).HTTP
	s.deliver = deliver.Build(s.open(t, setup.Deliver)).Message
	s.populate(t, target)
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

// populate makes the registry, a trigger for everything, and an access key.
func (s *stack) populate(t *testing.T, target string) {
	t.Helper()
	kept := s.open(t, setup.Triggers).Store
	if _, _, err := kept.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.CreateTrigger(t.Context(), shipbell.Trigger{
		Registry: "default", Name: "all", Enabled: true, Actions: shipbell.Actions(), Rule: shipbell.Rule{Dialect: "tcr"},
		Targets: []shipbell.Target{{URL: target, Format: "tcr"}},
	}); err != nil {
		t.Fatal(err)
	}
	key, err := kept.CreateAccessKey(t.Context(), access.NewKey(shipbell.RoleIngest, nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.Secret.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	s.key = key.ID + ":" + secret
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

const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func tcrEvent(n int) string {
	return fmt.Sprintf(`{"type":"pushImage","occur_at":%d,"operator":"332133xxxx","event_data":{"resources":[{"digest":%q,"tag":"v1.10.%d","resource_url":"x"}],"repository":{"date_created":1587119137,"name":"nginx","namespace":"public","repo_full_name":"public/nginx","repo_type":"public"}}}`, 1589106605+n, digest, n)
}

func distributionEvent(n int) string {
	return fmt.Sprintf(`{"events":[{"id":"4f7a1c1e-4f4c-4e6b-9a5e-%012d","timestamp":%q,"action":"push","target":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%064d","repository":"public/app","tag":"v%d"},"actor":{"name":"alice"}}]}`, n, time.Now().Format(time.RFC3339Nano), n, n)
}

// TestRoundTrips counts what one event waits for Redis that has one delivery,
// which succeeds at once, while the rules and the access key are fresh.
func TestRoundTrips(t *testing.T) {
	target := sink.Start(t)
	for _, cluster := range []string{"false", "true"} {
		s := start(t, cluster, target.URL()+"/hook")
		for _, test := range []struct {
			what  string
			event func(int) string
			want  map[string]int // of receive, by cluster
		}{
			{"tcr: complete events", tcrEvent, map[string]int{"false": 1, "true": 2}},
			{"distribution: a new tag and digest to remember", distributionEvent, map[string]int{"false": 3, "true": 4}},
		} {
			received, delivered := 99, 99
			var commands []string
			for n := range 20 { // the best of some: a second may pass between two
				in, out, all := s.event(t, test.event(n))
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
