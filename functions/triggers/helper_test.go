package triggers_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// sender keeps what it was to send.
type sender struct {
	mu   sync.Mutex
	sent []shipbell.Delivery
}

func (s *sender) Send(_ context.Context, d *shipbell.Delivery, _ shipbell.Target, _ int) shipbell.Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, *d)
	return shipbell.Outcome{Duration: 12 * time.Millisecond, StatusCode: http.StatusOK, Response: "ok"}
}

// service is the function over a local store, with the registry "default".
type service struct {
	t       testing.TB
	files   *local.Store
	store   *store.Store
	sender  *sender
	handler http.Handler
	key     string
}

// sealKey is a sealing key of one repeated byte.
func sealKey(b byte) []byte { return []byte(strings.Repeat(string(b), access.SealKeySize)) }

func newService(t testing.TB) *service {
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
	s := openService(t, files, sealKey(1))
	if _, _, err := s.store.PutRegistry(t.Context(), shipbell.Registry{ID: "default", Host: "reg.example.com"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// openService is the function over a store that is there, with sealing keys.
func openService(t testing.TB, files *local.Store, sealKeys ...[]byte) *service {
	t.Helper()
	sealer, err := access.NewSealer(sealKeys...)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, files: files, sender: &sender{}}
	s.store = store.New(store.Options{KV: files, Sealer: sealer, Now: time.Now, Retention: time.Hour, MaxDelay: time.Minute})
	s.handler = triggers.New(triggers.Deps{
		Router: &api.Router{Keys: s.store, Logger: slog.New(slog.DiscardHandler), Now: time.Now},
		App:    &app.App{Store: s.store, Sender: s.sender, Now: time.Now}, Cursors: sealer,
	})
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

// do makes a request; a body that is no string is sent as JSON.
func (s *service) do(method, target string, body any) *httptest.ResponseRecorder {
	s.t.Helper()
	text, ok := body.(string)
	if !ok {
		data, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		text = string(data)
	}
	r := httptest.NewRequest(method, target, strings.NewReader(text))
	r.Header.Set("Authorization", "Bearer "+s.key)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

type object = map[string]any

func settings(name string, targets ...object) object {
	return object{"name": name, "actions": []string{"pushImage"}, "targets": targets}
}
