package api_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/webhook"
)

// stack is the functions behind the HTTP API over a local store, in this process.
type stack struct {
	client // with an admin key for all registries

	t       testing.TB
	fail    atomic.Bool // makes the store fail
	kv      *local.Store
	store   *store.Store
	queue   *counting
	deliver func(context.Context, []byte) error
}

// newStack makes a service with the registry "default" that may reach targets on
// loopback. Deliveries wait in the queue until work is called.
func newStack(t testing.TB, allowed ...string) *stack {
	t.Helper()
	files, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &stack{t: t, kv: files}
	sealer := newSealer(t)
	logger := slog.New(slog.DiscardHandler)
	queue := &counting{Queue: local.NewQueue(local.QueueOptions{Logger: logger})}
	kept := store.New(store.Options{KV: failing{files, &s.fail}, Sealer: sealer, Now: time.Now, Retention: 24 * time.Hour, MaxDelay: queue.MaxDelay()})
	router := &api.Router{Keys: kept, Logger: logger, Now: time.Now}
	networks := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, network := range allowed {
		networks = []netip.Prefix{netip.MustParsePrefix(network)}
	}
	sender := webhook.New(webhook.Deps{
		Version: shipbell.Version, Now: time.Now,
		Client: safehttp.New(safehttp.Options{Allow: networks, Timeout: 5 * time.Second}),
	})
	people := triggers.New(triggers.Deps{Router: router, App: &app.App{Store: kept, Sender: sender, Now: time.Now}, Cursors: sealer})
	mux := http.NewServeMux()
	for _, path := range []string{"/v1/registries", "/v1/registries/", "/v1/triggers/", "/v1/match/", "/v1/patterns/", "/v1/presets", "/v1/keys", "/v1/keys/", "/v1/records", "/v1/records/"} {
		mux.Handle(path, people)
	}
	mux.Handle("/v1/events/", receive.New(receive.Deps{Router: router, Store: kept, Queue: queue, Now: time.Now, Logger: logger}))
	history := logs.New(logs.Deps{Router: router, App: &app.App{Store: kept, Queue: queue, Now: time.Now}, Cursors: sealer})
	for _, path := range []string{"/v1/deliveries/", "/v1/stats/", "/v1/targets/", "/v1/ignored/", "/v1/unmatched/", "/v1/audit/"} {
		mux.Handle(path, history)
	}
	ofTCR := tcrapi.New(tcrapi.Deps{Router: router, App: &app.App{Store: kept, Now: time.Now}, NewRequestID: tcrapi.NewRequestID, Now: time.Now})
	mux.Handle("/{$}", ofTCR)
	mux.Handle("/tcr", ofTCR)
	mux.Handle("/tcr/{$}", ofTCR)
	mux.Handle("/healthz", api.Health())
	// This clock makes each request probe.
	mux.Handle("/readyz", api.Ready(kept.CanWrite, func() time.Time { return time.Time{} }))
	mux.Handle("/", router.Handler(nil))

	s.store, s.queue = kept, queue
	s.deliver = deliver.New(deliver.Deps{
		Store: kept, Queue: queue, Sender: sender, Circuits: circuit.NewRecords(kept.Items()), Schedule: shipbell.Schedule{time.Hour}, Lease: time.Minute,
		TargetSlots: 8, Now: time.Now, Random: func() float64 { return 0.5 }, Logger: logger,
	}).Message
	s.client = client{t: t, base: "http://shipbell.test", next: inProcess{mux}}
	s.client = s.as(s.key(shipbell.RoleAdmin))
	s.registry("default")
	return s
}

// errGone is what a store that fails says.
var errGone = errors.New("the disk is gone")

// failing is a key-value store that can be made to fail.
type failing struct {
	platform.KV
	fail *atomic.Bool
}

func (f failing) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	if f.fail.Load() {
		return nil, errGone
	}
	return f.KV.Get(ctx, keys...)
}

func (f failing) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if f.fail.Load() {
		return nil, errGone
	}
	return f.KV.Range(ctx, r)
}

func (f failing) Write(ctx context.Context, writes ...platform.Write) []error {
	if f.fail.Load() {
		return slices.Repeat([]error{errGone}, len(writes))
	}
	return f.KV.Write(ctx, writes...)
}

// counting is a queue that counts the messages it is sent.
type counting struct {
	*local.Queue
	sent atomic.Int64
}

func (q *counting) Send(ctx context.Context, messages ...platform.Message) []error {
	q.sent.Add(int64(len(messages)))
	return q.Queue.Send(ctx, messages...)
}

func newSealer(t testing.TB) *access.Sealer {
	t.Helper()
	keys, err := access.ParseSealKeys(access.NewSealKey())
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := access.NewSealer(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// key makes an access key and returns it as "id:secret".
func (s *stack) key(role shipbell.Role, registries ...string) string {
	s.t.Helper()
	key, err := s.store.CreateAccessKey(s.t.Context(), access.NewKey(role, registries, "of the "+string(role)))
	if err != nil {
		s.t.Fatal(err)
	}
	secret, err := key.Secret.Reveal()
	if err != nil {
		s.t.Fatal(err)
	}
	return key.ID + ":" + secret
}

// registry makes a registry.
func (s *stack) registry(id string) {
	s.t.Helper()
	if _, _, err := s.store.PutRegistry(s.t.Context(), shipbell.Registry{ID: id, Host: id + ".example.com"}); err != nil {
		s.t.Fatal(err)
	}
}

// trigger makes a trigger on every push that calls a URL, and returns its path.
func (s *stack) trigger(registry, name, url string) string {
	s.t.Helper()
	created := decode[apiv1.Trigger](s.do("POST", "/v1/triggers/"+registry, object{
		"name": name, "actions": []string{"pushImage"}, "targets": []object{{"url": url}},
	}).want(http.StatusCreated))
	return fmt.Sprintf("/v1/triggers/%s/%d", registry, created.ID)
}

// push sends an event of a push and returns the ids of its deliveries.
func (s *stack) push(registry, repository, tag string) []shipbell.DeliveryID {
	s.t.Helper()
	received := decode[apiv1.Received](s.do("POST", "/v1/events/"+registry, pushed(repository, tag)).want(http.StatusAccepted))
	if len(received.Events) != 1 {
		s.t.Fatalf("the push of %s:%s made %d events, want 1", repository, tag, len(received.Events))
	}
	return received.Events[0].Deliveries
}

// pushed is the event of a push as TCR would send it.
func pushed(repository, tag string) object {
	return object{
		"type": "pushImage", "occur_at": 1589106605, "operator": "alice",
		"event_data": object{
			"repository": object{"repo_full_name": repository, "repo_type": "private", "date_created": 1587119137},
			"resources":  []object{{"tag": tag, "digest": "sha256:9d4f"}},
		},
	}
}

// work delivers in the background until the test ends.
func (s *stack) work() {
	ctx, stop := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() { s.queue.Serve(ctx, platform.Work{Handle: s.deliver}) })
	s.t.Cleanup(func() {
		stop()
		served.Wait()
	})
}

// delivery reads a delivery.
func (s *stack) delivery(registry string, id shipbell.DeliveryID) apiv1.DeliveryWithRequest {
	s.t.Helper()
	return decode[apiv1.DeliveryWithRequest](s.do("GET", "/v1/deliveries/"+registry+"/"+string(id), nil).want(http.StatusOK))
}

// await reads a delivery until it has a status.
func (s *stack) await(registry string, id shipbell.DeliveryID, status shipbell.Status) apiv1.DeliveryWithRequest {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		d := s.delivery(registry, id)
		if d.Status == status {
			return d
		}
		if time.Now().After(end) {
			s.t.Fatalf("delivery %s is %s after 10 s, want %s: %+v", id, d.Status, status, d)
		}
	}
}

// state is everything that the API shows, for comparing before and after.
func (s *stack) state() map[string]string {
	s.t.Helper()
	state := map[string]string{}
	read := func(path string) []byte {
		a := s.do("GET", path, nil).want(http.StatusOK)
		state[path] = string(a.body)
		return a.body
	}
	read("/v1/keys")
	read("/v1/registries")
	registries, err := s.store.Registries(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, registry := range registries {
		read("/v1/triggers/" + registry.ID)
		read("/v1/deliveries/" + registry.ID)
	}
	for path, text := range state {
		// Cursors are new each time.
		value := decode[object](answer{t: s.t, body: []byte(text)})
		delete(value, "next_cursor")
		state[path] = string(encode(s.t, value))
	}
	return state
}
