// Package console_test tries the console as a person uses it: in a real browser,
// before the built command, with the events of a real registry.
package console_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/test/browser"
	"github.com/shipbell/shipbell/test/server"
)

// chromium is the browser of all people.
var chromium browser.Browser

func TestMain(m *testing.M) {
	os.Exit(chromium.Main(func() int { return server.Main(m) }))
}

// patience bounds every wait; none should come near it.
const patience = 30 * time.Second

// serveFlags let targets be where the sinks are; a failed delivery waits until
// somebody sends it again.
var serveFlags = []string{"--allow-targets=127.0.0.1/32", "--retry-waits=1h", "--registry-host=reg.example.com"}

// person is somebody with a browser before a shipbell, who reads one language.
type person struct {
	*browser.Tab

	t        *testing.T
	server   *server.Server
	language string
	texts    map[string]string
}

// inEachLanguage runs a test for a person who reads English and one who reads
// Chinese, each before a shipbell of its own.
func inEachLanguage(t *testing.T, test func(*testing.T, *person)) {
	t.Parallel()
	for _, language := range []string{"en", "zh"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			test(t, newPerson(t, server.Start(t, serveFlags...), language))
		})
	}
}

func newPerson(t *testing.T, srv *server.Server, language string) *person {
	t.Helper()
	wish := map[string]string{"en": "en-GB,en;q=0.9", "zh": "zh-CN,zh;q=0.9"}[language]
	p := &person{Tab: chromium.Open(t, wish), t: t, server: srv, language: language}
	text, err := os.ReadFile("../../functions/console/text/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &p.texts); err != nil {
		t.Fatal(err)
	}
	return p
}

// says is what the console says in the person's language.
func (p *person) says(key string, args ...any) string {
	p.t.Helper()
	text, ok := p.texts[key]
	if !ok {
		p.t.Fatalf("the console has no text %q", key)
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// counts is what the console says of a number of things.
func (p *person) counts(key string, n int, args ...any) string {
	p.t.Helper()
	one, several, ok := strings.Cut(p.says(key), "|")
	if ok && n != 1 {
		one = several
	}
	return fmt.Sprintf(one, append([]any{n}, args...)...)
}

// visit shows a page by its path under /console.
func (p *person) visit(path string) {
	p.t.Helper()
	p.Visit(p.server.URL() + "/console" + path)
}

// signIn signs in with an access key.
func (p *person) signIn(key string) {
	p.t.Helper()
	p.visit("/")
	p.Fill(p.says("login.id"), key)
	p.Click("button", p.says("login.submit"))
	p.Find("navigation", p.says("layout.sections"))
}

// goTo shows a section by its link.
func (p *person) goTo(section string) {
	p.t.Helper()
	p.Click("link", p.says("section."+section))
	p.Find("heading", p.says(section+".title"))
}

// stay marks the page, so that stayed can tell whether it was loaded again.
func (p *person) stay() {
	p.t.Helper()
	p.Until("mark the page", `(window.stayed = true)`)
}

// stayed fails the test if the page was loaded since stay.
func (p *person) stayed() {
	p.t.Helper()
	if ok, err := browser.Eval[bool](p.Tab, `window.stayed === true`); err != nil || !ok {
		p.t.Errorf("%s was loaded again, error %v", p.URL(), err)
	}
}

// idOf is the public part of an access key "id:secret".
func idOf(key string) string {
	id, _, _ := strings.Cut(key, ":")
	return id
}
