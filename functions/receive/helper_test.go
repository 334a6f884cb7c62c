package receive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// failing is a key-value store whose calls fail from one on, for as many as are
// told. lost makes writes that fail be done all the same, as when the answer of a
// store is lost.
type failing struct {
	platform.KV
	calls    atomic.Int64
	from, to int64
	lost     bool
}

func (f *failing) fails() bool {
	n := f.calls.Add(1)
	return f.from <= n && n < f.to
}

func (f *failing) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	if f.fails() {
		return nil, errGone
	}
	return f.KV.Get(ctx, keys...)
}

func (f *failing) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if f.fails() {
		return nil, errGone
	}
	return f.KV.Range(ctx, r)
}

func (f *failing) Write(ctx context.Context, writes ...platform.Write) []error {
	if f.fails() {
		if f.lost {
			f.KV.Write(ctx, writes...)
		}
		return slices.Repeat([]error{errGone}, len(writes))
	}
	return f.KV.Write(ctx, writes...)
}

// queue keeps messages, or refuses them with err, or does not answer for a minute.
type queue struct {
	err      error
	hangs    bool
	messages []platform.Message
}

func (q *queue) MaxDelay() time.Duration { return time.Minute }

func (q *queue) Send(ctx context.Context, messages ...platform.Message) []error {
	if q.hangs {
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
		}
		return slices.Repeat([]error{errGone}, len(messages))
	}
	if q.err == nil {
		q.messages = append(q.messages, messages...)
	}
	return slices.Repeat([]error{q.err}, len(messages))
}

// service is the function over a local store, with the registry "default".
type service struct {
	t       *testing.T
	now     time.Time
	passed  atomic.Int64 // by how much pass moved the clocks of the function and its store
	kv      *failing
	store   *store.Store
	queue   *queue
	log     bytes.Buffer
	handler http.Handler
	key     string
}

func newService(t *testing.T, urls ...string) *service {
	t.Helper()
	s := &service{t: t, now: time.Now(), queue: &queue{}}
	files, err := local.Open(t.TempDir(), local.Options{Now: func() time.Time { return time.Now().Add(time.Duration(s.passed.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	s.kv = &failing{KV: files}
	s.store = s.newStore()
	logger := slog.New(slog.NewTextHandler(&s.log, nil))
	s.handler = receive.New(receive.Deps{
		Router: &api.Router{Keys: s.store, Logger: logger, Now: s.clock}, Store: s.store, Queue: s.queue, Now: s.clock, Logger: logger,
	})
	if _, _, err := s.store.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
		t.Fatal(err)
	}
	key, err := s.store.CreateAccessKey(t.Context(), access.NewKey(shipbell.RoleIngest, nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.Secret.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	s.key = key.ID + ":" + secret
	for i, url := range urls {
		s.createTrigger(s.store, fmt.Sprint("trigger-", i), url)
	}
	return s
}

func (s *service) clock() time.Time { return s.now }

func (s *service) pass(d time.Duration) {
	s.now = s.now.Add(d)
	s.passed.Add(int64(d))
}

// newStore is another store over the same data, as another process has it.
func (s *service) newStore() *store.Store {
	s.t.Helper()
	sealer, err := access.NewSealer(make([]byte, access.SealKeySize))
	if err != nil {
		s.t.Fatal(err)
	}
	return store.New(store.Options{KV: s.kv, Sealer: sealer, Now: s.clock, Retention: time.Hour, MaxDelay: time.Minute})
}

func (s *service) createTrigger(in *store.Store, name, url string) {
	s.t.Helper()
	t := shipbell.Trigger{
		Registry: "default", Name: name, Enabled: true, Actions: []shipbell.Action{shipbell.PushImage}, Targets: []shipbell.Target{{URL: url}},
	}
	t.Normalise()
	if _, err := in.CreateTrigger(s.t.Context(), t); err != nil {
		s.t.Fatal(err)
	}
}

// send posts a body and returns the answer.
func (s *service) send(target, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// push is the event of a push, as distribution sends it.
func push(id, tag string) string {
	return fmt.Sprintf(`{"events":[{"id":%q,"action":"push","timestamp":"2026-11-22T12:00:00Z","target":{
		"mediaType":"application/vnd.oci.image.manifest.v1+json","repository":"public/nginx","tag":%q,"digest":"sha256:9d4f"}}]}`, id, tag)
}

// ids reads the ids of all deliveries from an answer.
func ids(t *testing.T, w *httptest.ResponseRecorder) []shipbell.DeliveryID {
	t.Helper()
	var a apiv1.Received
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusAccepted {
		t.Fatalf("the answer is %d %s", w.Code, w.Body)
	}
	var all []shipbell.DeliveryID
	for _, e := range a.Events {
		all = append(all, e.Deliveries...)
	}
	return all
}

// stored lists the ids of all deliveries that are there, in the order of ids.
func (s *service) stored() []shipbell.DeliveryID {
	s.t.Helper()
	list, err := s.newStore().List(s.t.Context(), store.Query{Registry: "default", Limit: 100})
	if err != nil || list.Next != "" {
		s.t.Fatalf("list: %v, next %q", err, list.Next)
	}
	var all []shipbell.DeliveryID
	for _, d := range list.Deliveries {
		if d.Status != shipbell.Pending || d.TriggerID == 0 || d.Event.Repository.FullName == "" {
			s.t.Errorf("the delivery %+v is not whole", d)
		}
		all = append(all, d.ID)
	}
	slices.Sort(all)
	return all
}

// messages lists the ids of all deliveries that deliver was woken for.
func (s *service) messages() []shipbell.DeliveryID {
	s.t.Helper()
	var all []shipbell.DeliveryID
	for _, m := range s.queue.messages {
		if store.IsBurst(m.Body) {
			continue
		}
		var one struct{ ID shipbell.DeliveryID }
		if err := json.Unmarshal(m.Body, &one); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, one.ID)
	}
	slices.Sort(all)
	return all
}
