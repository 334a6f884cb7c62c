package triggers_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
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

// newDeps makes what the function needs over an empty store.
func newDeps(t *testing.T) (deps triggers.Deps, log *strings.Builder) {
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
	log = &strings.Builder{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	kept := store.New(store.Options{KV: files, Sealer: sealer, Now: time.Now, Retention: time.Hour})
	router := &api.Router{Keys: kept, Logger: logger, Now: time.Now}
	return triggers.Deps{Router: router, App: &app.App{Store: kept, Now: time.Now}, Cursors: sealer}, log
}

func TestAdminKey(t *testing.T) {
	t.Parallel()
	deps, log := newDeps(t)
	answer, err := triggers.AdminKey(deps)(t.Context(), []byte(`{"shipbell":"create-admin-key"}`))
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ Key string }
	if err := json.Unmarshal(answer, &made); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/keys", nil)
	r.Header.Set("Authorization", "Bearer "+made.Key)
	w := httptest.NewRecorder()
	triggers.New(deps).ServeHTTP(w, r)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"role":"admin"`) {
		t.Errorf("the key made gets %d: %s", w.Code, w.Body)
	}
	id, secret, _ := strings.Cut(made.Key, ":")
	if !strings.Contains(log.String(), id) || strings.Contains(log.String(), secret) {
		t.Errorf("the log must name the key, and not its secret:\n%s", log)
	}
}

func TestAdminKeyRefuses(t *testing.T) {
	t.Parallel()
	deps, _ := newDeps(t)
	for _, event := range []string{``, `{}`, `[]`, `{"shipbell":"create-key"}`, `{"detail-type":"Scheduled Event"}`} {
		if answer, err := triggers.AdminKey(deps)(t.Context(), []byte(event)); err == nil {
			t.Errorf("%s: got %s, want an error", event, answer)
		}
	}
	if keys, err := deps.App.Store.AccessKeys(t.Context()); err != nil || len(keys) > 0 {
		t.Errorf("keys were made: %v, %v", keys, err)
	}
}

// TestAdminKeyNeedsTheSecret: on a platform where a function may be allowed to invoke
// every function, an admin key is made for the secret alone, and for nobody while there
// is none. On another one the secret counts once it is set.
func TestAdminKeyNeedsTheSecret(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery"
	for name, test := range map[string]struct {
		needs  bool
		secret string
		event  string
		want   bool
	}{
		"none set, none needed": {false, "", `{"shipbell":"create-admin-key"}`, true},
		"none set":              {true, "", `{"shipbell":"create-admin-key","secret":""}`, false},
		"none given":            {true, secret, `{"shipbell":"create-admin-key"}`, false},
		"a wrong one":           {true, secret, `{"shipbell":"create-admin-key","secret":"correct horse"}`, false},
		"the right one":         {true, secret, `{"shipbell":"create-admin-key","secret":"correct horse battery"}`, true},
		"set without need":      {false, secret, `{"shipbell":"create-admin-key"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			deps, log := newDeps(t)
			deps.NeedsAdminSecret, deps.AdminSecret = test.needs, shipbell.NewSecret(test.secret)
			answer, err := triggers.AdminKey(deps)(t.Context(), []byte(test.event))
			if (err == nil) != test.want {
				t.Errorf("got %s, %v; made is to be %v", answer, err, test.want)
			}
			keys, listErr := deps.App.Store.AccessKeys(t.Context())
			if listErr != nil || (len(keys) == 1) != test.want {
				t.Errorf("%d keys, %v", len(keys), listErr)
			}
			if text := log.String(); strings.Contains(text, "horse") || err != nil && strings.Contains(err.Error(), "horse") {
				t.Errorf("the secret shows: %s, %v", text, err)
			}
		})
	}
}
