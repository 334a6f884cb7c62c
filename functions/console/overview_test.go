package console_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const overview = "/console/r/default/overview"

// end stores what came of deliveries: an error, or nothing went wrong.
func (s *site) end(deliveries []shipbell.Delivery, status shipbell.Status, problem string) {
	s.t.Helper()
	for _, d := range deliveries {
		now := s.clock.Now()
		d.Status, d.Delivered = status, status == shipbell.Succeeded
		d.Attempts = []shipbell.Attempt{{Number: 1, StartedAt: now, StatusCode: 500, Error: text.Literal(problem)}}
		if status == shipbell.Pending {
			d.NextAttemptAt = now.Add(time.Hour)
		}
		if saved, err := s.store.Save(s.t.Context(), &d); err != nil || !saved {
			s.t.Fatalf("save: %t, %v", saved, err)
		}
	}
}

// tile finds the numbers at the top of the overview.
var tile = regexp.MustCompile(`<div><dt>([^<]+)</dt><dd[^>]*>([^<]+)</dd>`)

func (p page) tiles() map[string]string {
	tiles := map[string]string{}
	for _, found := range tile.FindAllStringSubmatch(p.Body.String(), -1) {
		tiles[found[1]] = found[2]
	}
	return tiles
}

func (p page) tallies(want map[string]string) page {
	p.t.Helper()
	if diff := cmp.Diff(want, p.tiles()); diff != "" {
		p.t.Errorf("%s: numbers (-want +got):\n%s", p.at, diff)
	}
	return p
}

func TestOverviewEmpty(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	none := map[string]string{"Succeeded": "0", "Failing": "0", "Waiting": "0", "Enabled triggers": "0"}
	s.get(overview).tallies(none).shows(http.StatusOK, "no triggers yet", "/console/registries/default", "No deliveries in this time.", "No target is failing.", "Nothing was delivered yet.").
		hides("Events without a delivery")
	s.get(overview+"?as=table").shows(http.StatusOK, "No deliveries in this time.").hides("<svg class=\"bars\"")
	s.signIn(shipbell.RoleViewer)
	s.get(overview).tallies(none).shows(http.StatusOK, "no triggers yet").hides("/console/registries", "/console/keys")
}

func TestOverview(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.registry("other")
	s.create("good", nil)
	s.create("broken", func(t *shipbell.Trigger) { t.Targets[0].URL = "https://broken.example.com/hook?token=hush" })
	s.create("off", func(t *shipbell.Trigger) { t.Enabled = false })
	deliver := func(event string, good, broken shipbell.Status) {
		t.Helper()
		for _, d := range s.deliver(event, "public/nginx", "v1.10.0") {
			if d.TriggerName == "good" {
				s.end([]shipbell.Delivery{d}, good, "")
				continue
			}
			s.end([]shipbell.Delivery{d}, broken, "answered 500 <b>sorry</b>")
		}
	}
	s.clock.now = s.clock.now.Truncate(time.Hour).Add(10 * time.Minute)
	deliver("a day ago", shipbell.Succeeded, shipbell.Succeeded)
	s.clock.now = s.clock.now.Add(20 * time.Hour)
	deliver("hours ago", shipbell.Succeeded, shipbell.Failed)
	s.clock.now = s.clock.now.Add(3*time.Hour + 55*time.Minute)
	deliver("now", shipbell.Succeeded, shipbell.Pending)
	if err := s.store.Ignored().Add(t.Context(), "default", shipbell.IgnoredEvent{EventID: "e", Reason: text.Literal("no <i>trigger</i> matched")}); err != nil {
		t.Fatal(err)
	}
	s.clock.now = s.clock.now.Add(7 * time.Minute)

	s.signIn(shipbell.RoleAdmin)
	day := map[string]string{"Succeeded": "2", "Failing": "2", "Waiting": "1", "Enabled triggers": "2"}
	s.get(overview).tallies(day).shows(http.StatusOK,
		`id="overview" data-live hx-get="/console/r/default/overview?span=24h"`, "the oldest for 7 minutes", "of 3", `<title id="chart-title">`, "2 deliveries succeeded, 2 are failing",
		"https://broken.example.com/hook?token=hush", "2 failing in a row", "answered 500 &lt;b&gt;sorry&lt;/b&gt;", "public/nginx:v1.10.0", "Push image", "Pending",
		"Events without a delivery", "no &lt;i&gt;trigger&lt;/i&gt; matched").hides("<b>", "<i>", "no triggers yet")
	week := map[string]string{"Succeeded": "4", "Failing": "2", "Waiting": "1", "Enabled triggers": "2"}
	s.get(overview+"?span=7d").tallies(week).shows(http.StatusOK, `hx-get="/console/r/default/overview?span=7d"`, "4 deliveries succeeded")
	s.get(overview+"?span=7d&as=table").tallies(week).shows(http.StatusOK, `hx-get="/console/r/default/overview?span=7d&amp;as=table"`, `<th scope="row"><time`).hides("<svg")
	s.get(overview + "?span=a&as=b").tallies(day)
	s.get("/console/r/other/overview").shows(http.StatusOK, "No target is failing.").hides("nginx", "broken", "trigger matched")

	s.signIn(shipbell.RoleViewer, "default")
	s.get(overview).tallies(day).shows(http.StatusOK, "https://broken.example.com/hook?token=").hides("hush", "/console/registries", "/console/keys")
	s.get("/console/r/other/overview").shows(http.StatusNotFound)
	s.headers["Accept-Language"] = "zh"
	s.get(overview).shows(http.StatusOK, "概览", "连续失败 2 次", "最早的已等待 7 分钟", "推送镜像")
}

// TestOverviewUnderWay shows what the last attempt came to while another is made.
func TestOverviewUnderWay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("broken", nil)
	for _, d := range s.deliver("e", "public/nginx", "v1") {
		now := s.clock.Now()
		d.Attempts = []shipbell.Attempt{{Number: 1, StartedAt: now, Error: text.Literal("connection refused")}, {Number: 2, StartedAt: now}}
		d.LeaseUntil = now.Add(time.Minute)
		if saved, err := s.store.Save(t.Context(), &d); err != nil || !saved {
			t.Fatalf("save: %t, %v", saved, err)
		}
	}
	s.signIn(shipbell.RoleViewer)
	s.get(overview).shows(http.StatusOK, "connection refused", "1 failing<")
}

// TestLastRegistry comes back to the registry that was looked at last.
func TestLastRegistry(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 3 {
		s.registry(fmt.Sprintf("r%d", i))
	}
	s.signIn(shipbell.RoleAdmin)
	s.get("/console/home").leads(http.StatusSeeOther, "/console/r/default/overview")
	s.get("/console/r/r1/triggers").shows(http.StatusOK)
	s.get("/console/home").leads(http.StatusSeeOther, "/console/r/r1/overview")
	s.get("/console/keys").shows(http.StatusOK, `href="/console/r/r1/triggers"`, `href="/console/r/r2/overview"`, `<a href="/console/keys" aria-current="page">`)
	s.get("/console/registries/r2").shows(http.StatusOK, `href="/console/r/r2/triggers"`, `<a href="/console/registries" aria-current="page">`)
	s.headers["HX-Request"] = "true" // another window goes on by itself
	s.get("/console/r/r1/overview").shows(http.StatusOK)
	delete(s.headers, "HX-Request")
	s.get("/console/home").leads(http.StatusSeeOther, "/console/r/r2/overview")
	if err := s.store.DeleteRegistry(t.Context(), "r2"); err != nil {
		t.Fatal(err)
	}
	s.get("/console/home").leads(http.StatusSeeOther, "/console/r/default/overview")
	s.signIn(shipbell.RoleViewer, "r0")
	s.get("/console/r/r1/overview").shows(http.StatusNotFound)
	s.get("/console/home").leads(http.StatusSeeOther, "/console/r/r0/overview")
}
