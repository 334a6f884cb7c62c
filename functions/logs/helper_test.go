package logs_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

// meddling is a key-value store that does something before it writes, once.
type meddling struct {
	platform.KV
	before func()
}

func (m *meddling) Write(ctx context.Context, writes ...platform.Write) []error {
	if before := m.before; before != nil {
		m.before = nil
		before()
	}
	return m.KV.Write(ctx, writes...)
}

// queue keeps messages, or refuses them with err.
type queue struct {
	err      error
	messages []platform.Message
}

func (q *queue) MaxDelay() time.Duration { return time.Minute }

func (q *queue) Send(_ context.Context, messages ...platform.Message) []error {
	if q.err == nil {
		q.messages = append(q.messages, messages...)
	}
	return slices.Repeat([]error{q.err}, len(messages))
}

const targetURL = "https://ci.example.com/hook"

// service is the function over a local store, with the registry "default" and one
// trigger. Its process began at start.
type service struct {
	t       *testing.T
	start   time.Time
	clock   storetest.Clock
	kv      *meddling
	store   *store.Store
	queue   *queue
	trigger shipbell.Trigger
	handler http.Handler
	key     string
}

func newService(t *testing.T) *service {
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
	sealer, err := access.NewSealer(make([]byte, access.SealKeySize))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now().UTC().Truncate(time.Millisecond)
	s := &service{t: t, start: start, kv: &meddling{KV: files}, queue: &queue{}}
	s.clock.Set(start)
	clock := s.clock.Now
	s.store = store.New(store.Options{KV: s.kv, Sealer: sealer, Now: clock, Retention: 30 * 24 * time.Hour, MaxDelay: time.Minute})
	s.handler = logs.New(logs.Deps{
		Router: &api.Router{Keys: s.store, Logger: slog.New(slog.DiscardHandler), Now: clock},
		App:    &app.App{Store: s.store, Queue: s.queue, ProcessStart: start, Now: clock}, Cursors: sealer,
	})
	if _, _, err := s.store.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
		t.Fatal(err)
	}
	one := shipbell.Trigger{Registry: "default", Name: "first", Enabled: true, Actions: []shipbell.Action{shipbell.PushImage}, Targets: []shipbell.Target{{URL: targetURL}}}
	one.Normalise()
	if s.trigger, err = s.store.CreateTrigger(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	key, err := s.store.CreateAccessKey(t.Context(), access.NewKey(shipbell.RoleAdmin, nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.Secret.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	s.key = key.ID + ":" + secret
	return s
}

// accept stores the delivery of a new event, and changes it.
func (s *service) accept(eventID string, change func(*shipbell.Delivery)) shipbell.Delivery {
	s.t.Helper()
	event := shipbell.Event{
		ID: eventID, Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/nginx", Type: "private"},
		Resources: []shipbell.Resource{{Tag: "v1", URL: "reg.example.com/public/nginx:v1"}},
	}
	_, created, err := storetest.Accept(s.t.Context(), s.store, "default", &event, storetest.Matching(shipbell.Match{Trigger: &s.trigger, Resources: event.Resources}))
	if err != nil || len(created) != 1 {
		s.t.Fatalf("accept: %d deliveries, %v", len(created), err)
	}
	d := created[0]
	if change != nil {
		change(&d)
		if saved, err := s.store.Save(s.t.Context(), &d); err != nil || !saved {
			s.t.Fatalf("save: %t, %v", saved, err)
		}
	}
	return d
}

// fail ends a delivery as failed.
func fail(at time.Time) func(*shipbell.Delivery) {
	return func(d *shipbell.Delivery) {
		d.Claim(at, at.Add(time.Minute), nil)
		d.Record(at, shipbell.Outcome{StatusCode: http.StatusGone, Error: text.Literal("gone"), Final: true}, nil, 0)
	}
}

func (s *service) do(method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.key)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// woken lists the deliveries that messages were sent about, in their order.
func (s *service) woken() []shipbell.DeliveryID {
	s.t.Helper()
	var all []shipbell.DeliveryID
	for _, m := range s.queue.messages {
		registry, id, err := parse(m.Body)
		if err != nil || registry != "default" {
			s.t.Fatalf("the message %s is about %q: %v", m.Body, registry, err)
		}
		all = append(all, id)
	}
	return all
}

func parse(body []byte) (string, shipbell.DeliveryID, error) {
	var m struct {
		Registry string
		ID       shipbell.DeliveryID
	}
	err := json.Unmarshal(body, &m)
	return m.Registry, m.ID, err
}
