package console_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// echo answers every attempt with what it was sent for.
type echo struct{}

func (echo) Send(_ context.Context, d *shipbell.Delivery, _ shipbell.Target, _ int) shipbell.Outcome {
	return shipbell.Outcome{Duration: 12 * time.Millisecond, StatusCode: http.StatusOK, Response: "<b>got</b> " + d.Event.Repository.FullName}
}

// clock is a clock that the test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// site is the console over a local store, with the registry "default", and one person
// who uses it.
type site struct {
	t       testing.TB
	store   *store.Store
	clock   *clock
	log     *bytes.Buffer
	handler http.Handler
	cookies map[string]*http.Cookie
	// headers are sent with every request.
	headers map[string]string
}

func newSite(t testing.TB) *site {
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
	sealer, err := access.NewSealer([]byte(strings.Repeat("k", access.SealKeySize)))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, clock: &clock{now: time.Now()}, log: &bytes.Buffer{}, cookies: map[string]*http.Cookie{}, headers: map[string]string{}}
	s.store = store.New(store.Options{KV: kv, Sealer: sealer, Now: s.clock.Now, Retention: 24 * time.Hour, MaxDelay: time.Minute})
	logger := slog.New(slog.NewTextHandler(s.log, nil))
	s.handler = console.New(console.Deps{
		App:  &app.App{Store: s.store, Queue: local.NewQueue(local.QueueOptions{}), Sender: echo{}, Now: s.clock.Now},
		Keys: s.store, Sealer: sealer, Logger: logger, Now: s.clock.Now,
	})
	s.registry("default")
	return s
}

func (s *site) registry(id string) {
	s.t.Helper()
	if _, _, err := s.store.PutRegistry(s.t.Context(), shipbell.Registry{ID: id, Host: id + ".example.com"}); err != nil {
		s.t.Fatal(err)
	}
}

// key makes an access key.
func (s *site) key(role shipbell.Role, registries ...string) (id, secret string) {
	s.t.Helper()
	key, err := s.store.CreateAccessKey(s.t.Context(), access.NewKey(role, registries, ""))
	if err != nil {
		s.t.Fatal(err)
	}
	secret, err = key.Secret.Reveal()
	if err != nil {
		s.t.Fatal(err)
	}
	return key.ID, secret
}

// signIn signs in with a new key, and answers its id.
func (s *site) signIn(role shipbell.Role, registries ...string) string {
	s.t.Helper()
	id, secret := s.key(role, registries...)
	s.post("/console/login", "key", id, "secret", secret).leads(http.StatusSeeOther, "/console/home")
	return id
}

// create makes a trigger past the console.
func (s *site) create(name string, change func(*shipbell.Trigger)) shipbell.Trigger {
	s.t.Helper()
	t := shipbell.Trigger{
		Registry: "default", Name: name, Enabled: true, Actions: []shipbell.Action{shipbell.PushImage},
		Rule: shipbell.Rule{Dialect: pattern.TCR}, Targets: []shipbell.Target{{URL: "https://ci.example.com/hook", Format: shipbell.FormatTCR}},
	}
	if change != nil {
		change(&t)
	}
	created, err := s.store.CreateTrigger(s.t.Context(), t)
	if err != nil {
		s.t.Fatal(err)
	}
	return created
}

// page is an answer.
type page struct {
	*httptest.ResponseRecorder
	t  testing.TB
	at string
}

func (s *site) get(path string) page { return s.do(httptest.NewRequest("GET", path, nil)) }

// post sends a form: names and values in turn.
func (s *site) post(path string, fields ...string) page {
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(r)
}

func (s *site) do(r *http.Request) page {
	s.t.Helper()
	for _, cookie := range s.cookies {
		r.AddCookie(cookie)
	}
	for name, value := range s.headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		s.cookies[cookie.Name] = cookie
		if cookie.MaxAge < 0 {
			delete(s.cookies, cookie.Name)
		}
	}
	p := page{ResponseRecorder: w, t: s.t, at: r.Method + " " + r.URL.String()}
	p.check()
	return p
}

// inline finds what the policy forbids: scripts and styles in the page itself.
func (p page) inline() (found []string) {
	inScript := false
	for tokens := html.NewTokenizer(bytes.NewReader(p.Body.Bytes())); ; {
		kind := tokens.Next()
		token := tokens.Token()
		switch {
		case kind == html.ErrorToken:
			return found
		case kind == html.TextToken && inScript, token.DataAtom == atom.Style:
			found = append(found, token.String())
		}
		inScript = kind == html.StartTagToken && token.DataAtom == atom.Script
		for _, a := range token.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:") {
				found = append(found, token.String())
			}
		}
	}
}

// check holds an answer against what is true of all.
func (p page) check() {
	p.t.Helper()
	header := p.Header()
	if !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self';") ||
		header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" || header.Get("Cache-Control") == "" {
		p.t.Errorf("%s: headers %v", p.at, header)
	}
	if !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		return
	}
	if found := p.inline(); len(found) > 0 {
		p.t.Errorf("%s: the page has %q in it", p.at, found)
	}
	if p.Code == http.StatusInternalServerError {
		p.t.Errorf("%s: %s", p.at, p.Body)
	}
}

// shows checks the status, and that the page has texts in it.
func (p page) shows(status int, texts ...string) page {
	p.t.Helper()
	if p.Code != status {
		p.t.Errorf("%s: status %d, want %d: %s", p.at, p.Code, status, p.Body)
		return p
	}
	for _, text := range texts {
		if !strings.Contains(p.Body.String(), text) {
			p.t.Errorf("%s does not show %q: %s", p.at, text, p.Body)
		}
	}
	return p
}

// hides checks that the page has none of the texts in it.
func (p page) hides(texts ...string) page {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.Body.String(), text) {
			p.t.Errorf("%s shows %q: %s", p.at, text, p.Body)
		}
	}
	return p
}

// leads checks that the answer leads to an address.
func (p page) leads(status int, to string) page {
	p.t.Helper()
	at := p.Header().Get("Location")
	if status == http.StatusNoContent {
		at = p.Header().Get("HX-Redirect")
	}
	if p.Code != status || at != to {
		p.t.Errorf("%s: status %d to %q, want %d to %q: %s", p.at, p.Code, at, status, to, p.Body)
	}
	return p
}
