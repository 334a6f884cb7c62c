package console_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// loaded finds what a page loads.
var loaded = regexp.MustCompile(`(?:src|href)="(/console/assets/[^"]+)"`)

// maxWeight is the most that a page may weigh with all that it loads, not compressed.
const maxWeight = 150 << 10

// pages are all pages with something on them.
func pages() []string {
	return []string{
		"/console/login", list, list + "/new", list + "/1", list + "/1/delete",
		overview, overview + "?span=7d", overview + "?span=7d&as=table", registries, registries + "/default", registries + "/default/delete", keys,
		logAt, logAt + "?trigger=1", logAt + "/redeliver", whyAt, whyAt + "?action=pushImage&repository=team-1/web&tag=v1",
	}
}

// busy is a site with many triggers, of which each has a delivery.
func busy(t testing.TB, triggers int) *site {
	t.Helper()
	s := newSite(t)
	for i := range triggers {
		s.create(fmt.Sprintf("trigger-%d", i), func(one *shipbell.Trigger) {
			one.Description = "Releases of nginx and what belongs to it go to continuous integration"
			one.Rule = shipbell.Rule{Namespace: fmt.Sprintf("team-%d", i%50), Repository: "{web,api}/**", Tag: "v[0-9]*", Dialect: pattern.TCR}
			one.Targets[0].Headers = []shipbell.Header{{Key: "Authentication", Values: []shipbell.Secret{shipbell.NewSecret("secret")}}}
		})
	}
	for i := range 50 {
		for _, part := range []string{"web", "api/users"} {
			s.deliver(fmt.Sprintf("event-%d-%s", i, part), fmt.Sprintf("team-%d/%s", i, part), "v1", "v2", "v3")
		}
	}
	return s
}

func TestWeight(t *testing.T) {
	t.Parallel()
	s := busy(t, 60)
	for _, path := range pages() {
		if path == list {
			s.signIn(shipbell.RoleAdmin)
		}
		p := s.get(path).shows(http.StatusOK)
		weight := p.Body.Len()
		for _, found := range loaded.FindAllStringSubmatch(p.Body.String(), -1) {
			weight += s.get(found[1]).shows(http.StatusOK).Body.Len()
		}
		t.Logf("%s: %d KiB", path, weight>>10)
		if weight > maxWeight {
			t.Errorf("%s weighs %d bytes", path, weight)
		}
	}
}

// TestAssets asks for files as pages do, and in other ways.
func TestAssets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	found := loaded.FindAllStringSubmatch(s.get("/console/login").Body.String(), -1)
	if len(found) < 4 {
		t.Fatalf("the page loads %v", found)
	}
	for _, one := range found {
		path := one[1]
		p := s.get(path).shows(http.StatusOK)
		if !strings.Contains(p.Header().Get("Cache-Control"), "immutable") || p.Header().Get("Content-Type") == "" {
			t.Errorf("%s: headers %v", path, p.Header())
		}
		parts := strings.Split(path, "/")
		parts[3] = "000000000000"
		if p := s.get(strings.Join(parts, "/")).shows(http.StatusOK); p.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s is kept at a wrong address: %v", path, p.Header())
		}
	}
	for _, path := range []string{"", "x", "x/", "x/htmx.LICENSE", "x/../console.go", "x/README.md"} {
		if code := s.get("/console/assets/" + path).Code; code == http.StatusOK {
			t.Errorf("%s: status %d", path, code)
		}
	}
}

// TestVendored holds the released file against what is said of it.
func TestVendored(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("assets/htmx.min.js")
	if err != nil {
		t.Fatal(err)
	}
	about, err := os.ReadFile("assets/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(about), fmt.Sprintf("%x", sha256.Sum256(file))) || !strings.Contains(string(file), `version:"2.0.11"`) {
		t.Error("assets/README.md speaks of another htmx.min.js")
	}
}

// BenchmarkPages measures each page at 1,000 triggers.
func BenchmarkPages(b *testing.B) {
	s := busy(b, 1000)
	s.signIn(shipbell.RoleAdmin)
	for name, path := range map[string]string{
		"list": list, "found": list + "?q=trigger-99", "last": list + "?page=20", "live": list + "?live=1", "new": list + "/new", "trigger": list + "/500",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest("GET", path, nil)
				for _, cookie := range s.cookies {
					r.AddCookie(cookie)
				}
				if name == "live" {
					r.Header.Set("HX-Request", "true")
				}
				w := httptest.NewRecorder()
				if s.handler.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatalf("%s: status %d", path, w.Code)
				}
			}
		})
	}
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.post(list+"/check", filled("repositories", "public/nginx")...)
		}
	})
}
