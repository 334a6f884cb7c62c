package main

import (
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/trigger"
)

var (
	manyTriggers   = flag.Int("triggers", 1000, "triggers of the benchmark")
	manyDeliveries = flag.Int("deliveries", 1_000_000, "deliveries of the benchmark")
)

// visitor is somebody who signed in to the console over a filled store.
type visitor struct {
	handler http.Handler
	session *http.Cookie
	store   *store.Store
	now     time.Time
}

func newVisitor(t testing.TB, amount filling) *visitor {
	t.Helper()
	kv, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kv.Close(); err != nil {
			t.Error(err)
		}
	})
	v := &visitor{now: time.Now()}
	if err := amount.fill(t.Context(), kv, v.now); err != nil {
		t.Fatal(err)
	}
	v.store = newStore(kv, time.Now)
	sealer, err := access.NewSealer(make([]byte, access.SealKeySize))
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	door := &api.Door{Keys: v.store, Logger: logger, Now: time.Now}
	v.handler = console.New(console.Deps{
		Triggers: triggers.New(triggers.Deps{Door: door, Store: v.store, Cursors: sealer, Now: time.Now}),
		Logs:     logs.New(logs.Deps{Door: door, Store: v.store, Queue: local.NewQueue(local.QueueOptions{}), Cursors: sealer, Now: time.Now}),
		Store:    v.store, Sealer: sealer, Logger: logger, Now: time.Now,
	})

	key, err := v.store.CreateAccessKey(t.Context(), access.NewKey(trigger.RoleAdmin, nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.Secret.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/console/login", strings.NewReader(url.Values{"key": {key.ID + ":" + secret}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		v.session = cookie
	}
	if v.session == nil {
		t.Fatalf("no session: %d %s", w.Code, w.Body)
	}
	return v
}

// get asks for a page, and fails unless it is there.
func (v *visitor) get(t testing.TB, path string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.AddCookie(v.session)
	w := httptest.NewRecorder()
	if v.handler.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Fatalf("%s: status %d: %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// page is an address with something that stands on it.
type page struct{ path, shows string }

// pages are those of the console that can be asked for.
func pages() []page {
	const in = "/console/r/default"
	return []page{
		{in + "/overview", "Failing targets"},
		{in + "/overview?span=7d", "ci-0.example.com"},
		{in + "/overview?span=7d&as=table", "Cancelled"},
		{in + "/triggers", "service-"},
		{in + "/triggers?q=team-7.", "team-7.service-7"},
		{in + "/triggers/new", "New trigger"},
		{in + "/triggers/1", "team-0.service-0"},
		{in + "/triggers/1/delete", "Delete"},
		{"/console/registries", "registry.example.com"},
		{"/console/registries/default", "Events arrive"},
		{"/console/registries/default/delete", "Delete"},
		{"/console/keys", "You are using it"},
	}
}

// TestFill fills a store a little, and finds on every page what it was filled with.
func TestFill(t *testing.T) {
	t.Parallel()
	const registered, delivered = 120, 12_050
	v := newVisitor(t, filling{Registry: "default", Triggers: registered, Deliveries: delivered})
	for _, one := range pages() {
		if text := v.get(t, one.path); !strings.Contains(text, one.shows) {
			t.Errorf("%s does not show %q: %s", one.path, one.shows, text)
		}
	}
	stats, err := v.store.Stats(t.Context(), "default", v.now.Add(-lasting-time.Hour), v.now)
	if err != nil {
		t.Fatal(err)
	}
	total := stats.Total()
	if total.Sum() != delivered || total.Succeeded < delivered*9/10 || total.Failing == 0 {
		t.Errorf("counted are %+v", total)
	}
	waiting, err := v.store.Waiting(t.Context(), "default")
	if err != nil || waiting.Count == 0 || waiting.More {
		t.Errorf("waiting are %+v, %v", waiting, err)
	}
}

// BenchmarkPages measures every page under many triggers and deliveries.
func BenchmarkPages(b *testing.B) {
	begin := time.Now()
	v := newVisitor(b, filling{Registry: "default", Triggers: *manyTriggers, Deliveries: *manyDeliveries})
	b.Logf("filled in %s", time.Since(begin).Round(time.Second))
	for _, one := range pages() {
		b.Run(strings.TrimPrefix(one.path, "/console/"), func(b *testing.B) {
			for b.Loop() {
				v.get(b, one.path)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/page")
			b.ReportMetric(0, "ns/op")
		})
	}
}
