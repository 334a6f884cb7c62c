package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/browser"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// hostile are texts that would run a script where one of them came into a page as
// more than a text: in markup, in an attribute, in a script, as an address.
func hostile() []string {
	alarm := browser.Alarm + "('here')"
	return []string{
		`<img src=x onerror=` + alarm + `>`,
		`"><script>` + alarm + `</script><p title="`,
		`' autofocus onfocus=` + alarm + ` x='`,
		`</textarea></pre></template><svg onload=` + alarm + `>`,
		`javascript:` + alarm,
		`{{` + alarm + `}}`,
	}
}

// Where the policy is not in force, only that every text stays a text holds.
func TestNoTextRunsAsAScript(t *testing.T) {
	t.Parallel()
	p := newPerson(t, server.Start(t, serveFlags...), "en")
	p.IgnorePolicy()
	target := sink.Start(t)
	target.Respond(func(int, *sink.Received) (int, http.Header, string) {
		return http.StatusInternalServerError, nil, answered(strings.Join(hostile(), "\n"))
	})
	p.visit("/login?next=" + url.QueryEscape(hostile()[4]))
	p.Fill(p.says("login.id"), hostile()[1])
	p.Click("button", p.says("login.submit"))
	p.See(p.says("login.wrong"))
	p.signIn(p.server.Key())
	id := p.typeHostile(target.URL())
	p.sendHostile()
	p.server.WaitFor(client.DeliveryQuery{}, func(all []apiv1.Delivery) bool {
		return len(all) > 0 && len(all[0].Attempts) > 0 && all[0].Attempts[0].StatusCode != 0
	}, patience)
	p.Visit(p.server.URL() + "/console/r/default/log/" + string(p.server.Deliveries(client.DeliveryQuery{})[0].ID))
	p.See(strings.Fields(answered(hostile()[1]))[0]) // the response
	p.seeHostile(id)
}

// answered makes a hostile text one of the target's own. What a target sends back of the
// header that it got is masked.
func answered(text string) string { return strings.ReplaceAll(text, "('here')", "('answer')") }

// typeHostile types hostile texts into every field of the forms, and makes a trigger
// with those that may be. It returns the trigger's id.
func (p *person) typeHostile(target string) shipbell.ID {
	p.t.Helper()
	all := strings.Join(hostile(), " ")
	p.visit("/r/default/triggers/new")
	p.Click("button", p.says("header.add"))
	p.Find("textbox", p.says("header.key", 1))
	for _, field := range []string{
		p.says("trigger.name"), p.says("trigger.description"), p.says("trigger.namespace"), p.says("trigger.repository"), p.says("trigger.tag"),
		p.says("tester.repositories"), p.says("tester.tags"), p.says("target.url"), p.says("header.key", 1), p.says("header.value", 1), p.says("target.secret"),
	} {
		p.Fill(field, all)
	}
	p.Click("button", p.says("trigger.create"))
	p.See(p.says("trigger.wrong"))
	p.visit("/keys")
	p.Click("radio", p.says("role.viewer"))
	p.Fill(p.says("key.description"), all)
	p.Click("button", p.says("keys.make.submit"))
	p.See(p.says("made.title"))
	p.visit("/registries")
	p.Fill(p.says("registry.id"), all)
	p.Fill(p.says("registry.host"), all)
	p.Click("button", p.says("registries.add.submit"))
	p.See(p.says("registry.wrong"))
	return p.makeHostile(target)
}

// makeHostile makes a trigger of all the hostile texts that the API accepts.
func (p *person) makeHostile(target string) shipbell.ID {
	p.t.Helper()
	all := strings.Join(hostile(), " ")
	return p.server.CreateTrigger(apiv1.TriggerSettings{
		Name: "hostile", Description: all, Actions: []shipbell.Action{shipbell.PushImage}, Rule: shipbell.Rule{Repository: "**"},
		Targets: []apiv1.Target{{
			URL: target + "/?" + strings.ReplaceAll(hostile()[0], " ", "+"), Headers: []apiv1.Header{{Key: "X-Hostile", Values: []string{all}}},
		}},
	}).ID
}

// sendHostile sends events with hostile texts, which need not all be accepted.
func (p *person) sendHostile() {
	p.t.Helper()
	texts := append(hostile(), "plain")
	for _, text := range texts {
		for _, event := range []any{pushed("public", "nginx", text), pushed("public", text, "v1"), pushed(text, text, text)} {
			if _, _, err := p.server.Post(p.t.Context(), event); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	if _, answer, err := p.server.Post(p.t.Context(), pushed("public", "nginx", "v1")); err != nil || len(answer.Events) != 1 {
		p.t.Fatalf("a plain event was answered with %+v, error %v", answer, err)
	}
}

// seeHostile looks at every page that shows what others wrote, and asks each for
// hostile texts.
func (p *person) seeHostile(id shipbell.ID) {
	p.t.Helper()
	paths := []string{
		"/r/default/overview", "/r/default/triggers", "/r/default/log", "/r/default/why", "/keys", "/registries",
		fmt.Sprintf("/r/default/triggers/%d", id), fmt.Sprintf("/r/default/triggers/%d/delete", id), fmt.Sprintf("/r/default/triggers/new?copy=%d", id),
	}
	for _, text := range hostile() {
		text = url.QueryEscape(text)
		paths = append(paths,
			"/r/default/triggers?q="+text, "/r/default/log?trigger="+text+"&repository="+text+"&status="+text+"&since="+text,
			"/r/default/log/redeliver?trigger="+text+"&repository="+text, "/r/default/why?action="+text+"&repository="+text+"&tag="+text+"&q="+text,
			"/r/default/overview?span="+text+"&as="+text, "/r/default/triggers?done="+text, "/r/"+strings.ReplaceAll(text, "+", "%20")+"/log",
		)
	}
	for _, path := range paths {
		p.visit(path)
		p.Find("main", "")
	}
}

// A page of another origin may send a form here, and the browser of somebody who is
// signed in sends the session along where the site is the same.
func TestFormsOfOtherPagesAreRefused(t *testing.T) {
	t.Parallel()
	p := newPerson(t, server.Start(t, serveFlags...), "en")
	made := p.server.CreateTrigger(pushes("kept", "", "http://127.0.0.1:9/"))
	p.signIn(p.server.Key())
	action := fmt.Sprintf("%s/console/r/default/triggers/%d/delete", p.server.URL(), made.ID)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>Win</title><form method="post" action="%s"><button>Win a prize</button></form>`, action)
	}))
	defer other.Close()
	for name, at := range map[string]string{
		"same site":  other.URL,
		"cross site": strings.Replace(other.URL, "127.0.0.1", "localhost", 1),
	} {
		p.Visit(at)
		p.Click("button", "Win a prize")
		p.Await(name+": the form was sent", func() bool { return strings.HasPrefix(p.URL(), action) })
		p.server.Call(http.StatusOK, http.MethodGet, fmt.Sprintf("/v1/triggers/default/%d", made.ID), nil, nil)
	}
	p.visit(fmt.Sprintf("/r/default/triggers/%d/delete", made.ID))
	p.Click("button", p.says("delete.submit"))
	p.See(p.says("done.deleted")) // the same form from the console itself
}
