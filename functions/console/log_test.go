package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const logAt = "/console/r/default/log"

// happens makes an attempt of a delivery with what came of it.
func (s *site) happens(d *shipbell.Delivery, o shipbell.Outcome) {
	s.t.Helper()
	d.Claim(s.clock.now, s.clock.now.Add(time.Minute), shipbell.Schedule{5 * time.Second, 30 * time.Second})
	s.clock.now = s.clock.now.Add(o.Duration)
	d.Record(s.clock.now, o, shipbell.Schedule{5 * time.Second, 30 * time.Second}, 0)
	s.save(d)
}

func (s *site) save(d *shipbell.Delivery) {
	s.t.Helper()
	if saved, err := s.store.Save(s.t.Context(), d); err != nil || !saved {
		s.t.Fatalf("save: %t, %v", saved, err)
	}
}

// gone is what a target says that wants nothing more.
func gone() shipbell.Outcome {
	return shipbell.Outcome{Duration: 20 * time.Millisecond, StatusCode: http.StatusGone, Error: text.Literal("status 410: the target is gone"), Response: "bye", Final: true}
}

func at(d shipbell.Delivery) string { return logAt + "/" + string(d.ID) }

// row is what stands in the log for a delivery.
func row(d shipbell.Delivery) string { return fmt.Sprintf(`<tbody id="d-%s">`, d.ID) }

// TestLogFilters asks for deliveries by everything that can be chosen.
func TestLogFilters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.create("second", func(one *shipbell.Trigger) { one.Rule.Repository = "nginx" })
	s.signIn(shipbell.RoleAdmin)
	s.get(logAt).shows(http.StatusOK, "No deliveries yet", "Trigger log", `hx-trigger="every 2s"`)

	old := s.deliver("e1", "public/nginx", "v1.10.0", "v2", "v3", "v4", "v5")
	s.happens(&old[0], gone())
	s.clock.now = s.clock.now.Add(time.Hour)
	middle := s.clock.now.UTC()
	young := s.deliver("e2", "team/web/app", "")
	for filter, want := range map[string][]shipbell.Delivery{
		"":                             {old[0], old[1], young[0]},
		"trigger=1":                    {old[0], young[0]},
		"trigger=second":               {old[1]},
		"trigger=second&status=failed": nil,
		"trigger=3":                    nil,
		"status=failed":                {old[0]},
		"status=pending&trigger=first": {young[0]},
		"action=pushImage":             {old[0], old[1], young[0]},
		"action=deleteImage":           nil,
		"repository=public/nginx":      {old[0], old[1]},
		"since=" + url.QueryEscape(middle.Format(time.RFC3339Nano)):          {young[0]},
		"until=" + url.QueryEscape(middle.Format(time.RFC3339Nano)):          {old[0], old[1]},
		"since=" + middle.Add(-30*time.Minute).Format("2006-01-02T15:04"):    {young[0]},
		"until=" + middle.Add(-30*time.Minute).Format("2006-01-02T15:04:05"): {old[0], old[1]},
		"trigger=&status=&action=&repository=&since=&until=":                 {old[0], old[1], young[0]},
	} {
		p := s.get(logAt + "?" + filter).shows(http.StatusOK)
		if got := strings.Count(p.Body.String(), "<tbody id="); got != len(want) {
			t.Errorf("%q shows %d deliveries, want %d", filter, got, len(want))
		}
		for _, d := range want {
			p.shows(http.StatusOK, row(d), `href="`+at(d)+`"`)
		}
		if len(want) == 0 {
			p.shows(http.StatusOK, "No delivery is like this")
		}
	}
	s.get(logAt).shows(http.StatusOK, "Push image", "<code>public/nginx</code>", `<code class="tag">v3</code>`, "and 2 more", "https://ci.example.com/hook", "1 attempt", "0 attempts").hides(">v4<")
	s.get("/console/r/default/triggers").shows(http.StatusOK, `href="`+logAt+`?trigger=2"`)
	s.get("/console/r/default/triggers/2").shows(http.StatusOK, `href="`+logAt+`?trigger=2"`)
	s.get(logAt+"?trigger=2&since=2026-11-22T12:00:00Z").shows(http.StatusOK, `value="second"`, `value="2026-11-22T12:00:00"`)
	for filter, says := range map[string]string{
		"trigger=third":    "there is no trigger of this name",
		"trigger=-1":       "must be a trigger&#39;s number",
		"status=done":      "must be pending, succeeded, failed or cancelled",
		"action=push":      "must be one of",
		"since=yesterday":  "must be a time such as",
		"until=2026-02-31": "must be a time such as",
	} {
		s.get(logAt+"?"+filter).shows(http.StatusUnprocessableEntity, says, "data-problem-of", "aria-invalid").hides("<tbody id=", "every 2s")
	}
	s.get(logAt+"?cursor=x").shows(http.StatusBadRequest, "the cursor does not belong to this list")
	s.get("/console/r/other/log").shows(http.StatusNotFound)
	s.headers["Accept-Language"] = "zh"
	s.get(logAt).shows(http.StatusOK, "触发日志", "任务 ID", "推送镜像", "失败")
	s.get(logAt+"?status=succeeded").shows(http.StatusOK, "没有符合条件的记录")
}

// TestLogPages turns the pages of a long log.
func TestLogPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.signIn(shipbell.RoleViewer)
	var made []shipbell.Delivery
	for i := range 120 {
		made = append(made, s.deliver(fmt.Sprint("e", i), "public/nginx", "v1")...)
		s.clock.now = s.clock.now.Add(time.Second)
	}
	next, seen := logAt+"?repository=public%2Fnginx", 0
	for page := 1; next != ""; page++ {
		p := s.get(next).shows(http.StatusOK)
		for rows := strings.Count(p.Body.String(), "<tbody id="); rows > 0; rows-- {
			seen++
			p.shows(http.StatusOK, row(made[len(made)-seen]))
		}
		if page > 1 {
			p.shows(http.StatusOK, "Newest", "This page does not change by itself").hides("every 2s")
		}
		_, after, found := strings.Cut(p.Body.String(), `rel="next" href="`)
		if next = ""; found {
			next, _, _ = strings.Cut(after, `"`)
			next = logAt + strings.ReplaceAll(next, "&amp;", "&")
		}
		if page > 3 {
			t.Fatal("there are too many pages")
		}
	}
	if seen != len(made) {
		t.Errorf("%d of %d deliveries are on the pages", seen, len(made))
	}
}

// TestLogLive holds what a page that shows something is told to what it should show.
func TestLogLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.signIn(shipbell.RoleAdmin)
	a := s.deliver("a", "public/nginx", "v1")[0]
	shown := func(list ...shipbell.Delivery) string {
		var values []string
		for _, d := range list {
			// As the page itself says it.
			_, after, _ := strings.Cut(s.get(logAt).Body.String(), `id="shown-`+string(d.ID)+`" value="`)
			value, _, _ := strings.Cut(after, `"`)
			values = append(values, "shown="+value)
		}
		return strings.Join(values, "&")
	}
	behind := func(list ...string) (texts []string) {
		for _, where := range list {
			texts = append(texts, `<template><table hx-swap-oob="afterend:`+where+`">`)
		}
		return texts
	}
	live := func(query string) page { t.Helper(); return s.get(logAt + "/live?" + query).shows(http.StatusOK) }
	none := live(shown(a))
	if text := strings.TrimSpace(none.Body.String()); text != "" {
		t.Errorf("nothing has changed, and the answer is %s", text)
	}
	live("").shows(http.StatusOK, append(behind("#rows"), row(a), "1 new delivery")...)

	before := shown(a)
	s.clock.now = s.clock.now.Add(time.Second)
	b := s.deliver("b", "public/nginx", "v1")[0]
	s.clock.now = s.clock.now.Add(time.Second)
	c := s.deliver("c", "public/nginx", "v1")[0]
	p := live(before).shows(http.StatusOK, append(behind("#rows", "#d-"+string(c.ID)), row(c), row(b), "2 new deliveries")...).hides(row(a))
	if strings.Index(p.Body.String(), row(c)) > strings.Index(p.Body.String(), row(b)) {
		t.Error("the older comes first")
	}
	before = shown(a, b, c)
	s.happens(&b, gone())
	live(before).shows(http.StatusOK, `<span id="status-`+string(b.ID)+`" hx-swap-oob="innerHTML"><span class="badge bad">`, `id="tries-`+string(b.ID), `id="shown-`+string(b.ID)).
		hides("<tbody", "new deliver", string(a.ID), string(c.ID))
	live("status=pending&"+before).shows(http.StatusOK, `<tbody id="d-`+string(b.ID)+`" hx-swap-oob="delete">`).hides(string(a.ID), string(c.ID))
	live("shown="+url.QueryEscape(`"><script>-1`)).hides("script", "delete")
	s.get(logAt + "/live?status=x").shows(http.StatusUnprocessableEntity)

	s.get(logAt+"?live=off&status=failed").shows(http.StatusOK, "Paused", "Resume").hides("every 2s")
	s.get(logAt+"?until=2020-01-01T00:00:00Z").shows(http.StatusOK, "does not change by itself").hides("every 2s")
	s.get(logAt+"?since=2020-01-01T00:00:00Z").shows(http.StatusOK, "every 2s", `hx-get="`+logAt+`/live?since=2020-01-01T00%3A00%3A00Z"`)
}

// TestLogRoles tries everything about the log with each role, and for another registry.
func TestLogRoles(t *testing.T) {
	t.Parallel()
	for _, role := range []shipbell.Role{shipbell.RoleViewer, shipbell.RoleAdmin} {
		s := newSite(t)
		s.registry("other")
		s.create("first", func(one *shipbell.Trigger) {
			one.Targets[0].URL = "https://chat.example.com/send?key=s3cret"
			one.Targets[0].Headers = []shipbell.Header{{Key: "X-Token", Values: []shipbell.Secret{shipbell.NewSecret("t0ken")}}}
		})
		s.signIn(role, "default")
		d := s.deliver("e1", "public/nginx", "v1")[0]
		s.happens(&d, gone())
		forAdmin, queued := http.StatusForbidden, http.StatusForbidden
		if role == shipbell.RoleAdmin {
			forAdmin, queued = http.StatusOK, http.StatusSeeOther
		}
		for path, status := range map[string]int{
			logAt: 200, logAt + "/live": 200, logAt + "/export.csv": 200, logAt + "/export.json": 200, at(d): 200, at(d) + "/progress": 200,
			"/console/r/default/why": 200, logAt + "/redeliver": forAdmin,
			logAt + "/x": 404, logAt + "/01M15WGVR0000000017N4PQCX2ZY": 404, logAt + "/01M15WGVR0000000017N4PQCX2ZY/progress": 404, logAt + "/x%2F..%2Fy": 404,
			"/console/r/other/log": 404, "/console/r/other/log/" + string(d.ID): 404, "/console/r/other/why": 404, "/console/r/other/log/export.csv": 404,
		} {
			p := s.get(path).shows(status).hides("t0ken")
			if role == shipbell.RoleViewer {
				p.hides("s3cret")
			}
		}
		s.post(at(d) + "/redeliver").shows(queued)
		s.post(logAt + "/redeliver").shows(forAdmin)
		s.post("/console/r/default/why", "event", "{}").shows(http.StatusUnprocessableEntity)
		s.post("/console/r/other/log/" + string(d.ID) + "/redeliver").shows(map[bool]int{true: 404, false: 403}[role == shipbell.RoleAdmin])
		if text := s.log.String(); strings.Contains(text, "s3cret") || strings.Contains(text, "t0ken") {
			t.Errorf("the log has a secret: %s", text)
		}
		if role == shipbell.RoleViewer {
			s.get(logAt).hides("Redeliver")
			s.get(at(d)).shows(http.StatusOK, "https://chat.example.com/send?key=••••", "X-Token: ••••").hides("Redeliver", `method="post" action="`+at(d))
		}
		s.headers["Sec-Fetch-Site"] = "cross-site"
		for _, path := range []string{at(d) + "/redeliver", logAt + "/redeliver", "/console/r/default/why"} {
			s.post(path).shows(http.StatusForbidden, "another site")
		}
	}
}
