package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestLogMoreFilters finds deliveries by what stands behind "More", with chips for what is set.
func TestLogMoreFilters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	one := s.create("first", nil)
	s.signIn(shipbell.RoleAdmin)
	old := s.deliver("e1", "public/nginx", "v1", "v2")[0]
	s.happens(&old, gone())
	s.clock.now = s.clock.now.Add(time.Second)
	young := s.deliver("e2", "team/app", "v3")[0]
	for filter, want := range map[string]*shipbell.Delivery{
		"tag=v2": &old, "repository_contains=APP": &young, "repository_pattern=public/*": &old, "namespace=team": &young,
		"event=e1": &old, "answer=4xx": &old, "event=" + string(young.ID): &young, "tag=v9": nil,
	} {
		p := s.get(logAt+"?"+filter).shows(http.StatusOK, `title="Remove this filter"`)
		for _, d := range []*shipbell.Delivery{&old, &young} {
			if strings.Contains(p.Body.String(), row(*d)) != (d == want) {
				t.Errorf("%q does not show what it should", filter)
			}
		}
	}
	s.get(logAt+"?tag=v2").shows(http.StatusOK, `href="?" title="Remove this filter">Tag: v2</a>`, `<details class="help">`)
	s.get(logAt+"?tag=v2&answer=4xx").shows(http.StatusOK, `<details class="help" open>`, `href="?answer=4xx"`, `href="?tag=v2"`, `/log/export.ndjson?answer=4xx&amp;tag=v2`)
	s.get(logAt+"?repository_pattern={").shows(http.StatusUnprocessableEntity, `id="repository_pattern" name="repository_pattern" aria-describedby="problem-repository_pattern" aria-invalid="true"`)

	if err := s.store.DeleteTrigger(t.Context(), "default", one.ID); err != nil {
		t.Fatal(err)
	}
	s.clock.now = s.clock.now.Add(2 * time.Second)
	s.get(logAt+"?trigger=first").shows(http.StatusOK, row(old), row(young))
	s.get(logAt+"?trigger=furst").shows(http.StatusUnprocessableEntity, "there is no trigger of this name")
}

// TestClear counts failed deliveries, clears them, and leaves them in the log.
func TestClear(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.signIn(shipbell.RoleAdmin)
	d := s.deliver("e1", "public/nginx", "v1")[0]
	s.happens(&d, gone())
	const failed = logAt + "?status=failed&cleared=false"
	s.get(failed).shows(http.StatusOK, row(d), "1 failed delivery is not cleared.", `href="`+logAt+`/clear?cleared=false&amp;status=failed"`)
	s.get(at(d)).shows(http.StatusOK, logAt+"/clear?event="+string(d.ID), logAt+"/replay?event="+string(d.ID))
	s.get(logAt+"/clear?event="+string(d.ID)).shows(http.StatusOK, "1 delivery would be cleared:", "Clear 1", `name="event" value="`+string(d.ID)+`"`)
	s.post(logAt+"/clear", "event", string(d.ID)).shows(http.StatusOK, "1 delivery was cleared.")
	s.post(logAt+"/clear", "event", string(d.ID)).shows(http.StatusOK, "0 deliveries were cleared.")
	s.get(failed).shows(http.StatusOK, "0 failed deliveries are not cleared.").hides(row(d))
	s.get(logAt+"?status=failed").shows(http.StatusOK, row(d), `<span class="badge">Cleared</span>`)
	s.get(at(d)).shows(http.StatusOK, `<span class="badge">Cleared</span>`).hides("/clear?event=")
	s.get("/console/r/default/audit").shows(http.StatusOK, "Cleared deliveries (1)")
	s.signIn(shipbell.RoleViewer)
	s.get(logAt + "/clear").shows(http.StatusForbidden)
	s.post(logAt + "/clear").shows(http.StatusForbidden)
	s.get(failed).shows(http.StatusOK).hides("/clear", "/log/replay")
}

// TestReplayPast counts what past events would make, makes it once, and once more by a name.
func TestReplayPast(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.signIn(shipbell.RoleAdmin)
	d := s.deliver("e1", "public/nginx", "v1")[0]
	s.create("late", nil)
	s.clock.now = s.clock.now.Add(2 * time.Second)
	const page = logAt + "/replay"
	s.get(page).shows(http.StatusOK, "Replay past events", `name="since"`, "Count").hides("would be made")
	s.get(page+"?since=yesterday").shows(http.StatusUnprocessableEntity, "must be a time such as")
	s.get(page + "?event=none").shows(http.StatusNotFound)
	asked := "?since=" + d.CreatedAt.UTC().Format("2006-01-02T15:04:05")
	s.get(page+asked).shows(http.StatusOK, "1 delivery would be made:", "public/nginx", "late", "Make 1 delivery", `name="until"`, "again=new")
	s.post(page, "event", string(d.ID)).shows(http.StatusOK, "1 delivery was made.")
	s.post(page, "event", string(d.ID)).shows(http.StatusOK, "0 deliveries were made.")
	p := s.get(page+"?again=new&event="+string(d.ID)).shows(http.StatusOK, "2 deliveries would be made:", `name="again" value="`)
	_, after, _ := strings.Cut(p.Body.String(), `name="again" value="`)
	name, _, _ := strings.Cut(after, `"`)
	s.post(page, "event", "e1", "again", name).shows(http.StatusOK, "2 deliveries were made.")
	s.post(page, "event", "e1", "again", name).shows(http.StatusOK, "0 deliveries were made.")
	s.get(logAt+"?event=e1").shows(http.StatusOK, `<span class="badge">Replay</span>`)
	s.headers["Accept-Language"] = "zh"
	s.get(page).shows(http.StatusOK, "重放历史事件")
	delete(s.headers, "Accept-Language")
	s.signIn(shipbell.RoleViewer)
	s.get(page).shows(http.StatusForbidden)
	s.post(page).shows(http.StatusForbidden)
}
