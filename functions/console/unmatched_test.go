package console_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

const unmatchedAt = whyAt + "/unmatched"

var idInAddress = regexp.MustCompile(`/replay\?id=([0-9A-Z]{26})"`)

// TestUnmatched looks at kept events, corrects the rule, and has them delivered once.
func TestUnmatched(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	one := s.create("first", func(one *shipbell.Trigger) { one.Rule.Namespace = "publik" })
	s.signIn(shipbell.RoleAdmin)
	s.get(unmatchedAt).shows(http.StatusOK, "No event is kept.", "not set to keep such events")
	s.get(whyAt).shows(http.StatusOK, `href="`+unmatchedAt+`"`)
	for _, id := range []string{"e1", "e2"} {
		event := shipbell.Event{
			ID: id, Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/" + id, Type: "private"},
			Resources: []shipbell.Resource{{Tag: "v1", URL: "reg.example.com/public/" + id + ":v1"}},
		}
		if _, err := s.store.KeepUnmatched(t.Context(), "default", &event); err != nil {
			t.Fatal(err)
		}
		s.clock.now = s.clock.now.Add(time.Second)
	}
	s.get(unmatchedAt).shows(http.StatusOK, "<code>public/e1</code>", "<code>public/e2</code>", "Does not match", `>first</a>: namespace &#34;public&#34; does not match &#34;publik&#34;`,
		"/console/r/default/why?action=pushImage&amp;repository=public%2Fe1&amp;tag=v1").hides("/replay?id=")
	s.get(unmatchedAt+"?since=yesterday").shows(http.StatusUnprocessableEntity, `id="problem-since"`)
	s.get(unmatchedAt+"?since=2100-01-01T00:00").shows(http.StatusOK, "No event is kept.")

	one.Rule.Namespace = "public"
	if _, err := s.store.ReplaceTrigger(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	p := s.get(unmatchedAt).shows(http.StatusOK, `<span class="badge good">Matches</span> <a class="name" href="/console/r/default/triggers/1">first</a>`)
	id := idInAddress.FindStringSubmatch(p.Body.String())[1]
	s.get(unmatchedAt+"/replay?id="+id).shows(http.StatusOK, "1 delivery would be made:", "public/e2", "Make 1 delivery", `name="id" value="`+id+`"`).hides("public/e1")
	s.post(unmatchedAt+"/replay", "id", id).shows(http.StatusOK, "1 delivery was made.", "public/e2")
	s.get(unmatchedAt).shows(http.StatusOK, "1 delivery made:", "/console/r/default/log/")
	s.get(unmatchedAt+"/replay").shows(http.StatusOK, "1 delivery would be made:", "public/e1", `name="until"`).hides("public/e2")
	s.headers["Accept-Language"] = "zh"
	s.get(unmatchedAt+"/replay").shows(http.StatusOK, "将产生 1 个任务：")
	delete(s.headers, "Accept-Language")
	s.post(unmatchedAt+"/replay").shows(http.StatusOK, "1 delivery was made.")
	s.post(unmatchedAt+"/replay").shows(http.StatusOK, "0 deliveries were made.")
	s.post(unmatchedAt+"/replay", "id", "x").shows(http.StatusNotFound)
	s.get("/console/r/default/audit").shows(http.StatusOK, "Delivered kept events (1)")

	s.signIn(shipbell.RoleViewer)
	s.get(unmatchedAt).shows(http.StatusOK, "public/e1").hides("/replay")
	s.get(unmatchedAt + "/replay").shows(http.StatusForbidden)
	s.post(unmatchedAt + "/replay").shows(http.StatusForbidden)
}
