package main

import (
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/store/stats"
)

var (
	manyTriggers   = flag.Int("triggers", 1000, "triggers of the benchmark")
	manyDeliveries = flag.Int("deliveries", 1_000_000, "deliveries of the benchmark")
	filled         = flag.String("data", "", "a data directory to measure over, filled already")
)

// visitor is somebody who signed in to the console over a filled store.
type visitor struct {
	handler http.Handler
	session *http.Cookie
	store   *store.Store
}

// fill makes a data directory that is filled.
func fill(t testing.TB, amount filling) string {
	t.Helper()
	data, begin := t.TempDir(), time.Now()
	if err := run(data, amount); err != nil {
		t.Fatal(err)
	}
	t.Logf("filled in %s", time.Since(begin).Round(time.Second))
	return data
}

// newVisitor visits what is in a data directory.
func newVisitor(t testing.TB, data string) *visitor {
	t.Helper()
	kv, err := local.Open(data, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kv.Close(); err != nil {
			t.Error(err)
		}
	})
	v := &visitor{store: newStore(kv, time.Now)}
	sealer, err := access.NewSealer(make([]byte, access.SealKeySize))
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	v.handler = console.New(console.Deps{
		App:  &app.App{Store: v.store, Queue: local.NewQueue(local.QueueOptions{}), Now: time.Now},
		Keys: v.store, Sealer: sealer, Logger: logger, Now: time.Now,
	})

	key, err := v.store.CreateAccessKey(t.Context(), access.NewKey(shipbell.RoleAdmin, nil, ""))
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

// pages are those of the console that can be asked for, with a delivery of the log.
func pages(d shipbell.DeliveryID) []page {
	const in = "/console/r/default"
	const asked = "?action=pushImage&repository=team-7/service-7&tag=v1.0.0"
	return []page{
		{in + "/overview", "Failing targets"},
		{in + "/overview?span=7d", "ci-0.example.com"},
		{in + "/overview?span=7d&as=table", "Cancelled"},
		{in + "/triggers", "service-"},
		{in + "/triggers?q=team-7.", "team-7.service-7"},
		{in + "/triggers/new", "New trigger"},
		{in + "/triggers/1", "team-0.service-0"},
		{in + "/triggers/1/delete", "Delete"},
		{in + "/log", string(d)},
		{in + "/log?trigger=1", "team-0.service-0"},
		{in + "/log?status=failed", "Failed"},
		{in + "/log?repository=team-7/service-7", "team-7/service-7"},
		{in + "/log?repository=nobody/nothing", "Log"},
		{in + "/log/live", ""},
		{in + "/log/" + string(d), string(d)},
		{in + "/log/redeliver?trigger=1", "Redeliver"},
		{in + "/why", "no trigger matched"},
		{in + "/why" + asked, "team-7.service-7"},
		{"/console/registries", "registry.example.com"},
		{"/console/registries/default", "Events arrive"},
		{"/console/registries/default/delete", "Delete"},
		{"/console/keys", "You are using it"},
	}
}

// newest is the newest delivery.
func (v *visitor) newest(t testing.TB) shipbell.DeliveryID {
	t.Helper()
	list, err := v.store.List(t.Context(), store.Query{Registry: "default", Limit: 1})
	if err != nil || len(list.Deliveries) == 0 {
		t.Fatalf("the newest of %d deliveries: %v", len(list.Deliveries), err)
	}
	return list.Deliveries[0].ID
}

// TestFill fills a store a little, and finds on every page what it was filled with.
func TestFill(t *testing.T) {
	t.Parallel()
	const registered, delivered = 120, 12_050
	v := newVisitor(t, fill(t, filling{Registry: "default", Triggers: registered, Deliveries: delivered}))
	for _, one := range pages(v.newest(t)) {
		if text := v.get(t, one.path); !strings.Contains(text, one.shows) {
			t.Errorf("%s does not show %q: %s", one.path, one.shows, text)
		}
	}
	day, err := stats.New(v.store).Stats(t.Context(), "default", time.Now().Add(-lasting-time.Hour), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	total := day.Total()
	if total.Sum() != delivered || total.Succeeded < delivered*9/10 || total.Failing == 0 {
		t.Errorf("counted are %+v", total)
	}
	waiting, err := stats.New(v.store).Waiting(t.Context(), "default")
	if err != nil || waiting.Count == 0 || waiting.More {
		t.Errorf("waiting are %+v, %v", waiting, err)
	}
}

// processor is how long the processors have worked for this process.
func processor(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkPages measures every page under many triggers and deliveries: how long it
// takes, and how long the processors work for it, which depends less on what else the
// machine does.
func BenchmarkPages(b *testing.B) {
	debug.SetGCPercent(400) // as serve does
	data := *filled
	if data == "" {
		data = fill(b, filling{Registry: "default", Triggers: *manyTriggers, Deliveries: *manyDeliveries})
	}
	v := newVisitor(b, data)
	for _, one := range pages(v.newest(b)) {
		b.Run(strings.TrimPrefix(one.path, "/console/"), func(b *testing.B) {
			begin := processor(b)
			for b.Loop() {
				v.get(b, one.path)
			}
			perPage := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(b.N) }
			b.ReportMetric(perPage(b.Elapsed()), "ms/page")
			b.ReportMetric(perPage(processor(b)-begin), "cpu-ms/page")
			b.ReportMetric(0, "ns/op")
		})
	}
}
