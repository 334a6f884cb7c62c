package console_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

const list = "/console/r/default/triggers"

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id, secret := s.key(shipbell.RoleViewer)
	ingest, ingestSecret := s.key(shipbell.RoleIngest)
	s.get(list+"?q=a%20b").leads(http.StatusSeeOther, "/console/login?next=%2Fconsole%2Fr%2Fdefault%2Ftriggers%3Fq%3Da%2520b")
	s.get("/console/login").shows(http.StatusOK, "Sign in")

	var answers []string
	for name, fields := range map[string][]string{
		"a wrong secret":   {"key", "ak1", "secret", secret},
		"an unknown key":   {"key", "ak2", "secret", "x"},
		"nothing":          {},
		"a secret alone":   {"secret", secret},
		"a key for events": {"key", ingest, "secret", ingestSecret},
		"wrong in one":     {"key", "ak3:" + ingestSecret},
		"both, but wrong":  {"key", "ak4:" + secret, "secret", "x"},
	} {
		p := s.post("/console/login", fields...).shows(http.StatusUnauthorized, "This is no access key").hides(secret, ingestSecret)
		if len(s.cookies) > 0 {
			t.Errorf("%s began a session", name)
		}
		text := p.Body.String()
		for _, tried := range []string{ingest, "ak1", "ak2", "ak3", "ak4"} {
			text = strings.ReplaceAll(text, `value="`+tried+`" `, `value="" `)
		}
		answers = append(answers, strings.ReplaceAll(text, " autofocus", ""))
	}
	for _, other := range answers[1:] {
		if other != answers[0] {
			t.Errorf("the answers differ:\n%s\n%s", answers[0], other)
		}
	}
	s.post("/console/login", "key", id+":"+secret, "next", list).leads(http.StatusSeeOther, list)
	s.get(list).shows(http.StatusOK, "Triggers", id)
	s.get("/console/login?next="+list).leads(http.StatusSeeOther, list)
	s.get("/console/home").leads(http.StatusSeeOther, overview)
	s.get("/console/").leads(http.StatusSeeOther, "/console/home")
	s.get("/console").leads(http.StatusSeeOther, "/console/home")
	if text := s.log.String(); strings.Contains(text, secret) || strings.Contains(text, ingestSecret) {
		t.Errorf("the log has a secret: %s", text)
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id, secret := s.key(shipbell.RoleViewer)
	for name, test := range map[string]struct {
		change func(*http.Request)
		secure bool
	}{
		"plain":    {func(*http.Request) {}, false},
		"TLS":      {func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, true},
		"by proxy": {func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") }, true},
	} {
		r := httptest.NewRequest("POST", "/console/login", strings.NewReader("key="+id+"&secret="+secret))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		test.change(r)
		cookies := s.do(r).Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: cookies %v", name, cookies)
		}
		c := cookies[0]
		if c.Name != "shipbell_session" || !c.HttpOnly || c.Secure != test.secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/console/" ||
			c.MaxAge != 12*60*60 || strings.Contains(c.Value, id) {
			t.Errorf("%s: cookie %+v", name, c)
		}
	}
}

// TestSessionEnds makes sessions that are no more.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	const login = "/console/login?next=%2Fconsole%2Fr%2Fdefault%2Ftriggers"
	for name, end := range map[string]func(s *site, id string){
		"its time":   func(s *site, _ string) { s.clock.now = s.clock.now.Add(12 * time.Hour) },
		"another's":  func(s *site, _ string) { s.cookies["shipbell_session"].Value = "s1.00000000.AAAA" },
		"cut short":  func(s *site, _ string) { c := s.cookies["shipbell_session"]; c.Value = c.Value[:len(c.Value)-3] },
		"signed out": func(s *site, _ string) { s.post("/console/logout").leads(http.StatusSeeOther, "/console/login") },
		"its key deleted": func(s *site, id string) {
			if err := s.store.DeleteAccessKey(s.t.Context(), id); err != nil {
				s.t.Fatal(err)
			}
		},
	} {
		s := newSite(t)
		id := s.signIn(shipbell.RoleAdmin)
		s.clock.now = s.clock.now.Add(12*time.Hour - time.Second)
		s.get(list).shows(http.StatusOK)
		end(s, id)
		t.Log(name)
		s.get(list).leads(http.StatusSeeOther, login)
		s.post(list, "name", "first").leads(http.StatusSeeOther, "/console/login?next=%2Fconsole%2Fhome")
		s.headers["HX-Request"] = "true"
		s.headers["HX-Current-URL"] = "http://example.com" + list + "?q=a"
		s.get(list+"?live=1").leads(http.StatusNoContent, login+"%3Fq%3Da")
	}
}

// TestNext tries to be led out of the console.
func TestNext(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id, secret := s.key(shipbell.RoleViewer)
	for next, want := range map[string]string{
		list:                              list,
		list + "?q=a&page=2":              list + "?q=a&page=2",
		"":                                "/console/home",
		"https://evil.example/console/":   "/console/home",
		"//evil.example/console/":         "/console/home",
		"///evil.example/console/":        "/console/home",
		`/\evil.example/console/`:         "/console/home",
		`/console/\evil.example`:          "/console/home",
		"/console//evil.example":          "/console/home",
		"/console/../v1/keys":             "/console/home",
		"/v1/keys":                        "/console/home",
		"javascript:alert(1)":             "/console/home",
		"/console/%2e%2e/v1/keys":         "/console/home",
		"http:/console/":                  "/console/home",
		"/console/r/default\r\nX-Evil: 1": "/console/home",
	} {
		s.post("/console/login", "key", id, "secret", secret, "next", next).leads(http.StatusSeeOther, want)
		s.post("/console/preferences", "theme", "dark", "next", next).leads(http.StatusSeeOther, want)
	}
}

// TestCrossOrigin sends what another site's page would.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	s.create("first", nil)
	for name, test := range map[string]struct {
		headers map[string]string
		refused bool
	}{
		"another site":             {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, true},
		"a sibling":                {map[string]string{"Sec-Fetch-Site": "same-site"}, true},
		"an older browser":         {map[string]string{"Origin": "https://evil.example"}, true},
		"an older browser, opaque": {map[string]string{"Origin": "null"}, true},
		"an older browser, ours":   {map[string]string{"Origin": "http://example.com"}, false},
		"ours":                     {map[string]string{"Sec-Fetch-Site": "same-origin"}, false},
	} {
		before, err := s.store.Trigger(t.Context(), "default", 1)
		if err != nil {
			t.Fatal(err)
		}
		s.headers = test.headers
		for path, fields := range map[string][]string{
			list: {"name", "x"}, list + "/1": {}, list + "/1/enabled": {"enabled", "false"}, list + "/1/delete": {"version", "99"}, list + "/1/test": {},
			registries: {"id", "x", "host", "x"}, registries + "/default": {"host", "x"}, registries + "/default/key": {},
			registries + "/default/delete": {"typed", "x"}, keys: {"role", "x"}, keys + "/x/delete": {},
			"/console/login": {}, "/console/logout": {}, "/console/preferences": {"theme", "dark"},
		} {
			session := s.cookies["shipbell_session"]
			p := s.post(path, fields...)
			if refused := p.Code == http.StatusForbidden; refused != test.refused {
				t.Errorf("%s: %s: status %d", name, path, p.Code)
			}
			s.cookies["shipbell_session"] = session
		}
		s.get(list).shows(http.StatusOK)
		if !test.refused {
			continue
		}
		if now, err := s.store.Trigger(t.Context(), "default", 1); err != nil || now.Version != before.Version {
			t.Errorf("%s: the trigger is %+v, %v", name, now, err)
		}
	}
}

// TestRoles tries every page and action with each role.
func TestRoles(t *testing.T) {
	t.Parallel()
	type does struct {
		method, path string
		viewer       int
	}
	for _, test := range []does{
		{"GET", list, http.StatusOK},
		{"GET", list + "/1", http.StatusOK},
		{"GET", list + "/new", http.StatusForbidden},
		{"GET", list + "/1/delete", http.StatusForbidden},
		{"POST", list, http.StatusForbidden},
		{"POST", list + "/check", http.StatusForbidden},
		{"POST", list + "/1", http.StatusForbidden},
		{"POST", list + "/1/enabled", http.StatusForbidden},
		{"POST", list + "/1/delete", http.StatusForbidden},
		{"POST", list + "/1/test", http.StatusForbidden},
		{"GET", overview, http.StatusOK},
	} {
		s := newSite(t)
		s.registry("other")
		s.create("treasure", nil)
		do := func() page {
			if test.method == "GET" {
				return s.get(test.path)
			}
			return s.post(test.path)
		}
		s.signIn(shipbell.RoleViewer)
		do().shows(test.viewer)
		s.signIn(shipbell.RoleAdmin, "other")
		do().shows(http.StatusNotFound).hides("treasure")
		s.signIn(shipbell.RoleAdmin)
		if code := do().Code; code == http.StatusForbidden || code == http.StatusNotFound {
			t.Errorf("%s %s: status %d for an admin", test.method, test.path, code)
		}
	}
}

// TestAdminsOnly tries what viewers do not even see.
func TestAdminsOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	own := s.signIn(shipbell.RoleViewer)
	for _, path := range []string{registries, registries + "/default", registries + "/default/delete", keys, keys + "/" + own + "/delete"} {
		s.get(path).shows(http.StatusForbidden, "needs admin").hides("default.example.com/", `id="made"`)
		s.post(path, "typed", "default", "role", "admin", "host", "x").shows(http.StatusForbidden)
	}
	s.post(registries + "/default/key").shows(http.StatusForbidden).hides(`id="made"`)
	if all, err := s.store.AccessKeys(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("there are %d keys, %v", len(all), err)
	}
	s.stands("default", shipbell.Registry{ID: "default", Host: "default.example.com"})
}

func TestRegistries(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.registry("other")
	s.registry("third")
	s.signIn(shipbell.RoleViewer, "default", "third")
	s.get(list).shows(http.StatusOK, "/console/r/third/triggers").hides("/console/r/other")
	s.get("/console/r/other/triggers").shows(http.StatusNotFound)
	s.get("/console/r/nothing/triggers").shows(http.StatusNotFound)
	s.signIn(shipbell.RoleViewer, "gone")
	s.get("/console/home").shows(http.StatusNotFound, "no registry")
	s.get("/console/nothing").shows(http.StatusNotFound)
	s.do(httptest.NewRequest("DELETE", list, nil)).shows(http.StatusNotFound)
}
