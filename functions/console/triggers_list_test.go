package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/storetest"
)

// deliver makes deliveries of the registry default's triggers for an event.
func (s *site) deliver(event string, repository string, tags ...string) []shipbell.Delivery {
	s.t.Helper()
	e := shipbell.Event{ID: event, Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: repository, Type: "private"}}
	for _, tag := range tags {
		e.Resources = append(e.Resources, shipbell.Resource{Tag: tag})
	}
	rules, err := s.store.Rules(s.t.Context(), "default")
	if err != nil {
		s.t.Fatal(err)
	}
	_, made, err := storetest.Accept(s.t.Context(), s.store, "default", &e, rules.Set.Matches)
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

// TestTester tries rules on what was seen and on names of one's own.
func TestTester(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("all", nil)
	s.deliver("e1", "public/nginx", "v1.10.0", "latest")
	s.deliver("e2", "team/app/web", "v2")
	s.signIn(shipbell.RoleAdmin)
	try := func(fields ...string) page {
		t.Helper()
		form := filled("repositories", "public/nginx-dev\n\n other/x ", "tags", "v9")
		for i := 0; i < len(fields); i += 2 {
			form = instead(form, fields[i], fields[i+1])
		}
		return s.post(list+"/check", form...).shows(http.StatusOK)
	}
	yes := func(name string) string {
		return `<li class="yes"><span class="hidden-text">Matches: </span><code>` + name
	}
	no := func(name string) string { return `<li><span class="hidden-text">Does not match: </span><code>` + name }

	try().shows(http.StatusOK, "Of 4 repositories, 2 match", yes("public/nginx-dev"), yes("public/nginx<"), no("other/x"), no("team/app/web"),
		"(yours)", yes("v9"), yes("v1.10.0"), no("latest"), "Read as <code>nginx*</code>")
	try("rule.namespace", "", "rule.repository", "{a/b,app}/**").shows(http.StatusOK, "Of 4 repositories, 1 match", yes("team/app/web"), "<code>a/b/**</code> or <code>app/**</code>")
	try("rule.tag", "{v1,v2}").shows(http.StatusOK, no("v9"), yes("v1.10.0"), "<code>v1*</code> or <code>v2*</code>")
	try("rule.tag", "a//b").shows(http.StatusOK, "The pattern is not valid yet")
	try("rule.repository", "｛a｝").shows(http.StatusOK, "full-width character")
	try("targets[0].format", "cloudevents").shows(http.StatusOK, `<pre id="body-0" hx-swap-oob="innerHTML">`, "&#34;specversion&#34;", "default.example.com/public/test:test")
	s.get(list+"/new").shows(http.StatusOK, `<option value="public">`, `<option value="team">`, yes("team/app/web"))
}

// TestList filters and turns pages.
func TestList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 120 {
		s.create(fmt.Sprintf("t-%03d", i), func(one *shipbell.Trigger) {
			if i == 7 {
				one.Description = "Lucky & rare"
			}
			one.Enabled = i%2 == 0
		})
	}
	s.signIn(shipbell.RoleViewer)
	name := func(i int) string { return fmt.Sprintf(">t-%03d<", i) }
	s.get(list).shows(http.StatusOK, "120 triggers", name(119), name(95), "Page 1 of 5", `href="?page=2"`).hides(name(94), `rel="prev"`, "switch", "/new")
	s.get(list+"?page=5").shows(http.StatusOK, name(19), name(0), "Page 5 of 5", `href="?page=4"`).hides(name(20), `rel="next"`)
	s.get(list+"?page=99").shows(http.StatusOK, "Page 5 of 5")
	s.get(list+"?page=-1").shows(http.StatusOK, "Page 1 of 5")
	s.get(list+"?q=LUCKY").shows(http.StatusOK, "1 of 120 triggers", name(7), "Lucky &amp; rare").hides(name(8), "Page 1")
	s.get(list+"?q=t-0").shows(http.StatusOK, "100 of 120 triggers", `href="?page=2&amp;q=t-0"`)
	s.get(list+"?q=%3Cscript%3E").shows(http.StatusOK, "0 of 120 triggers", "No trigger has this", `value="&lt;script&gt;"`)
}

// TestViewer sees what a viewer may, and no more.
func TestViewer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", func(one *shipbell.Trigger) {
		one.Targets[0].URL = "https://chat.example.com/send?key=token-of-chat"
		one.Targets[0].Headers = []shipbell.Header{{Key: "Authentication", Values: []shipbell.Secret{shipbell.NewSecret("header-secret")}}}
	})
	s.signIn(shipbell.RoleAdmin)
	s.get(list).shows(http.StatusOK, "token-of-chat")
	s.get(list+"/1").shows(http.StatusOK, "token-of-chat").hides("header-secret")
	s.signIn(shipbell.RoleViewer)
	s.get(list).shows(http.StatusOK, "https://chat.example.com/send?key="+shipbell.Mask).hides("token-of-chat")
	s.get(list+"/1").shows(http.StatusOK, "<fieldset disabled>", shipbell.Mask).hides("token-of-chat", "header-secret", "Save", "/delete")
}

// TestDay shows how the deliveries of a trigger went in the last 24 hours.
func TestDay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.clock.now = s.clock.now.Truncate(time.Hour) // all within one hour
	s.create("quiet", func(one *shipbell.Trigger) { one.Enabled = false })
	s.create("busy", nil)
	s.signIn(shipbell.RoleViewer)
	s.get(list).shows(http.StatusOK, "Nothing", "Never yet").hides("<svg")
	for i, status := range []shipbell.Status{shipbell.Succeeded, shipbell.Succeeded, shipbell.Succeeded, shipbell.Failed, shipbell.Cancelled} {
		s.clock.now = s.clock.now.Add(time.Second)
		d := s.deliver(fmt.Sprint("event-", i), "public/nginx", "v1")[0]
		d.Status = status
		if saved, err := s.store.Save(t.Context(), &d); err != nil || !saved {
			t.Fatalf("save: %t, %v", saved, err)
		}
	}
	p := s.get(list).shows(http.StatusOK, `aria-label="3 succeeded, 1 failed"`, "Cancelled", "Nothing",
		`<rect class="good" x="161" y="14" width="6" height="18"/>`, `<rect class="none" x="161" y="8" width="6" height="6"/>`, `<rect class="bad" x="161" y="2" width="6" height="6"/>`)
	if charts := strings.Count(p.Body.String(), "<svg"); charts != 1 {
		t.Errorf("%d charts, want 1", charts)
	}
	s.clock.now = s.clock.now.Add(24 * time.Hour)
	s.get(list).hides("<svg")
}
