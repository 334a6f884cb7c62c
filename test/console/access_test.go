package console_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/shipbell/shipbell/test/browser"
	"github.com/shipbell/shipbell/test/server"
)

func TestRegistries(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, p *person) {
		p.signIn(p.server.Key())
		p.goTo("registries")
		p.Fill(p.says("registry.id"), "Not An ID")
		p.Click("button", p.says("registries.add.submit"))
		p.See(p.says("registry.wrong"))
		p.Fill(p.says("registry.id"), "harbor-1")
		p.Fill(p.says("registry.host"), "harbor.example.com")
		p.Click("button", p.says("registries.add.submit"))
		p.See(p.says("done.registry.added"), p.says("registry.waiting.about"))
		p.Click("button", p.says("connect.key"))
		key := p.made()
		events := p.server.URL() + "/v1/events/harbor-1"
		p.See(events)

		p.stay()
		if status := post(t, events, key, pushed("public", "nginx", "v1")); status != http.StatusAccepted {
			t.Fatalf("the event was answered with %d", status)
		}
		p.See(p.says("registry.heard"))
		p.stayed()
		p.goTo("registries")
		p.Row("harbor-1", p.says("registry.heard.last"))

		p.Click("link", p.says("registry.delete")+" harbor-1")
		p.Fill(p.says("registry.delete.typed", "harbor-1"), "default")
		p.Click("button", p.says("registry.delete.submit"))
		p.See(p.says("registry.delete.differs"))
		p.Fill(p.says("registry.delete.typed", "harbor-1"), "harbor-1")
		p.Click("button", p.says("registry.delete.submit"))
		p.See(p.says("done.registry.deleted"))
		p.Miss("harbor.example.com")
	})
}

// made reads the access key that the page shows once.
func (p *person) made() string {
	p.t.Helper()
	p.See(p.says("made.title"))
	key, err := browser.Eval[string](p.Tab, `document.getElementById("made").textContent`)
	if err != nil {
		p.t.Fatal(err)
	}
	return key
}

func post(t *testing.T, url, key string, event any) int {
	t.Helper()
	body, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestViewerSeesAndChangesNothing(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, p *person) {
		pages := live(t, p.server)
		p.signIn(p.server.Key())
		p.goTo("keys")
		p.Click("radio", p.says("role.viewer"))
		p.Fill(p.says("key.description"), "a guest")
		p.Click("button", p.says("keys.make.submit"))
		key := p.made()
		p.Row("a guest", p.says("role.viewer"))

		viewer := newPerson(t, p.server, p.language)
		viewer.signIn(key)
		for _, one := range pages {
			if slices.Contains([]string{"overview", "triggers", "trigger", "log", "delivery", "why"}, one.name) {
				viewer.see(one)
				viewer.cannotChange()
			}
		}
		for _, path := range []string{"/keys", "/registries", "/r/default/triggers/new"} {
			viewer.visit(path)
			viewer.See(p.says("error.403"))
		}
		p.deleteKey(key)
		viewer.visit("/r/default/log")
		viewer.Find("heading", p.says("login.title"))
	})
}

// cannotChange fails the test for everything in the page that would change something.
func (p *person) cannotChange() {
	p.t.Helper()
	changes := []string{
		"trigger.new", "trigger.configure", "trigger.copy", "trigger.delete", "trigger.save", "trigger.test",
		"section.registries", "section.keys", "log.redeliver", "delivery.now", "delivery.redeliver",
	}
	for _, e := range slices.Concat(p.All("button"), p.All("link"), p.All("switch")) {
		if e.Role == "switch" || slices.ContainsFunc(changes, func(key string) bool { return e.Name == p.says(key) }) {
			p.t.Errorf("a viewer sees the %s %q at %s", e.Role, e.Name, p.URL())
		}
	}
}

// deleteKey deletes an access key.
func (p *person) deleteKey(key string) {
	p.t.Helper()
	p.goTo("keys")
	p.Click("link", p.says("key.delete")+" "+idOf(key))
	p.Click("button", p.says("key.delete.submit"))
	p.See(p.says("done.key.deleted"))
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	p := newPerson(t, server.Start(t, serveFlags...), "en")
	p.signIn(p.server.Key())
	p.Click(browser.Menu, p.says("role.admin")+" "+idOf(p.server.Key()))
	p.Click("button", p.says("layout.logout"))
	p.Find("heading", p.says("login.title"))
	p.visit("/r/default/log")
	p.Find("heading", p.says("login.title"))
}
