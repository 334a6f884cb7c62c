package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/test/browser"
)

// chromium is the browser of all tests.
var chromium browser.Browser

func TestMain(m *testing.M) { os.Exit(chromium.Main(m.Run)) }

// recorder keeps what a test would have failed for.
type recorder struct {
	testing.TB
	failed []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

// serve serves one page with a Content-Security-Policy.
func serve(t *testing.T, policy, body string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><main><h1>A page</h1>%s</main>`, body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestWhatGoesWrongFailsTheTest(t *testing.T) {
	const anything = "default-src * 'unsafe-inline' data:"
	for _, test := range []struct {
		name, policy, body string
		want               string // nothing if nothing is wrong
		check              func(*browser.Tab)
	}{
		{name: "nothing", policy: anything, body: "<p>fine</p>", check: (*browser.Tab).Accessible},
		{name: "alarm", policy: anything, body: "<img alt='' src='data:,' onerror=\"__xss('here')\">", want: `__xss("here")`},
		{name: "policy", policy: "default-src 'none'; img-src data:", body: "<p style='color: red'>fine</p>", want: "Content Security Policy"},
		{name: "policy ignored", policy: "default-src 'none'; img-src data:", body: "<script>__xss('there')</script>", want: `__xss("there")`, check: (*browser.Tab).IgnorePolicy},
		{name: "exception", policy: anything, body: "<script>throw new Error('oops')</script>", want: "oops"},
		{name: "console", policy: anything, body: "<script>console.error('said so')</script>", want: "said so"},
		{name: "dialog", policy: anything, body: "<script>alert('hello')</script>", want: `a dialog opened: "hello"`},
		{name: "accessibility", policy: anything, body: "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='>", want: "image-alt", check: (*browser.Tab).Accessible},
	} {
		r := &recorder{}
		t.Run(test.name, func(t *testing.T) {
			r.TB = t
			tab := chromium.Open(r, "en")
			url := serve(t, test.policy, test.body)
			tab.Visit(url)
			if test.check != nil {
				test.check(tab)
				tab.Visit(url)
			}
			tab.See("A page")
		})
		got := strings.Join(r.failed, "\n")
		if skipped := r.TB == nil || r.Skipped(); !skipped && ((test.want == "") != (got == "") || !strings.Contains(got, test.want)) {
			t.Errorf("%s: failed for %q, want %q", test.name, got, test.want)
		}
	}
}
