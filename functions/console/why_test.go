package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const whyAt = "/console/r/default/why"

const tcrEvent = `{"type":"pushImage","occur_at":1589106605,"event_data":{"resources":[{"tag":"v1.10.0"}],
	"repository":{"date_created":1,"name":"nginx","namespace":"public","repo_full_name":"public/nginx","repo_type":"public"}}}`

// TestWhy asks about events in brief and in full.
func TestWhy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleViewer)
	s.get(whyAt).shows(http.StatusOK, "Nothing in the last 24 hours", `<option value="pushImage">`).hides("trigger matches", "triggers match", `class="note bad">`)
	s.get(whyAt+"?action=pushImage&repository=public/nginx").shows(http.StatusOK, "0 triggers match.", "0 do not.")

	s.create("other", func(one *shipbell.Trigger) { one.Rule.Namespace = "team" })
	s.create("braces", func(one *shipbell.Trigger) { one.Rule.Repository, one.Rule.Tag = "{nginx,web}*", "v*" })
	s.create("off", func(one *shipbell.Trigger) { one.Enabled = false })
	p := s.get(whyAt+"?action=pushImage&repository=public/nginx&tag=v1").shows(http.StatusOK, "1 trigger matches.", "2 do not.", "every clause matches",
		`namespace &#34;public&#34; does not match &#34;team&#34;`, "disabled", "<code>nginx*</code> or <code>web*</code>", `href="/console/r/default/triggers/2"`,
		`value="public/nginx"`, `value="v1"`)
	if text := p.Body.String(); strings.Index(text, ">braces<") > strings.Index(text, ">other<") {
		t.Error("what matches does not come first")
	}
	s.get(whyAt+"?action=pushImage&repository=public/nginx&tag=v1&q=OF").shows(http.StatusOK, "1 trigger matches.", "2 do not.", ">off<").hides(">other<", ">braces<")
	s.get(whyAt+"?action=pushImage&repository=public/nginx&q=zzz").shows(http.StatusOK, "No trigger has this")
	for query, says := range map[string]string{
		"action=push&repository=a": "Action: ",
		"action=pushImage":         "Repository: must have 1 to 255 bytes",
		"tag=v1":                   "Action: ",
		"action=pushImage&repository=a&tag=" + strings.Repeat("a", 129): "Tag: must have at most 128 bytes",
	} {
		s.get(whyAt+"?"+query).shows(http.StatusUnprocessableEntity, says).hides("matches.")
	}

	s.post(whyAt, "event", tcrEvent).shows(http.StatusOK, "1 trigger matches.", "<code>public/nginx</code>", "v1.10.0", "&#34;occur_at&#34;")
	s.post(whyAt, "event", tcrEvent, "q", "off").shows(http.StatusOK, ">off<").hides(">other<")
	s.post(whyAt, "event", `{"type":"SCAN","occur_at":1,"event_data":{}}`).shows(http.StatusOK, "Ignored:", "SCAN")
	for event, says := range map[string]string{
		"": "This is not JSON", "{": "This is not JSON", `[]`: "not a JSON object", `{"x":1}`: "of no known source",
	} {
		s.post(whyAt, "event", event).shows(http.StatusUnprocessableEntity, says)
	}
	s.post(whyAt, "event", `{"type":"pushImage","event_data":"`+hostileText+`"}`).shows(http.StatusOK, "Ignored: the event cannot be read").hides("<script>alert")
	s.get(whyAt+"?action=pushImage&repository="+strings.ReplaceAll(hostileText, " ", "%20")).shows(http.StatusOK, "&lt;script&gt;").hides("<script>alert")
	s.headers["HX-Request"] = "true"
	s.get(whyAt+"?action=pushImage&repository=").shows(http.StatusOK, "Repository: must have 1 to 255 bytes")
	s.headers["Accept-Language"] = "zh"
	s.get(whyAt+"?action=pushImage&repository=public/nginx&tag=v1").shows(http.StatusOK, "匹配诊断", "1 个触发器匹配，", "2 个不匹配。")
}

const hostileText = `<script>alert(1)</script>`

// TestWhyMany asks about many triggers, of which the first of each kind are shown.
func TestWhyMany(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleViewer)
	for i := range 60 {
		s.create(fmt.Sprint("no-", i), func(one *shipbell.Trigger) { one.Rule.Namespace = "team" })
		s.create(fmt.Sprint("yes-", i), nil)
	}
	p := s.get(whyAt+"?action=pushImage&repository=public/nginx").shows(http.StatusOK, "60 triggers match.", "60 do not.", "10 more match", "10 more do not match", ">yes-0<", ">no-49<").
		hides(">no-50<", ">yes-50<")
	if rows := strings.Count(p.Body.String(), `<a class="name"`); rows != 100 {
		t.Errorf("%d triggers are shown", rows)
	}
	s.get(whyAt+"?action=pushImage&repository=public/nginx&q=-55").shows(http.StatusOK, ">no-55<", ">yes-55<").hides("more match", "more do not")
	event := strings.Repeat(`{"id":"e","action":"push","target":{"mediaType":"application/vnd.oci.image.manifest.v1+json","repository":"public/nginx","tag":"v1","digest":"sha256:1"}},`, 12)
	s.post(whyAt, "event", `{"events":[`+strings.TrimSuffix(event, ",")+`]}`, "q", "yes-1").shows(http.StatusOK, "2 more events")
}

// TestWhyLately shows what fired nothing.
func TestWhyLately(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleViewer)
	if err := s.store.Ignored().Add(t.Context(), "default",
		shipbell.IgnoredEvent{EventID: "e1", Action: shipbell.PushImage, Repository: "public/nginx", Tag: "v1", Reason: text.New(text.IgnoredUnmatched)},
		shipbell.IgnoredEvent{EventID: "e2" + hostile, Reason: text.Literal("the reason " + hostile)},
		shipbell.IgnoredEvent{EventID: "e3", Action: shipbell.PushImage, Repository: "public/nginx", Reason: text.Literal("a blob, not a manifest"), Routine: true},
	); err != nil {
		t.Fatal(err)
	}
	p := s.get(whyAt).shows(http.StatusOK, "no trigger matched", "<code>public/nginx</code>", "a blob, not a manifest", "1 ×", "&lt;script&gt;alert(1)",
		`href="`+whyAt+`?action=pushImage&amp;repository=public%2Fnginx&amp;tag=v1"`).hides("<script>alert", "\x1b", "\u202e")
	if text := p.Body.String(); strings.Index(text, ">e3<") < strings.Index(text, "Events that come beside others") {
		t.Error("a routine event stands among the others")
	}
	s.headers["Accept-Language"] = "zh"
	s.get(whyAt).shows(http.StatusOK, "最近未触发的事件")
}
