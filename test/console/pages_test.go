package console_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// page is one page that a person can see: its path under /console, and the text key
// of its heading or of something else that it shows.
type page struct {
	name, path, shows string
}

// live fills a shipbell with deliveries that succeeded, some that failed and wait,
// and an event that no trigger was for. It returns all its pages.
func live(t *testing.T, srv *server.Server) []page {
	t.Helper()
	target := sink.Start(t)
	target.Respond(func(_ int, r *sink.Received) (int, http.Header, string) {
		if r.URI == "/broken" {
			return http.StatusBadGateway, nil, "<h1>Bad Gateway</h1>"
		}
		return http.StatusOK, nil, "ok"
	})
	good := srv.CreateTrigger(pushes("deploy-web", "nginx*", target.URL()+"/deploy"))
	srv.CreateTrigger(pushes("scan", "", target.URL()+"/broken"))
	for _, tag := range []string{"v1.0.0", "v1.1.0", "latest"} {
		srv.Accept(pushed("public", "nginx", tag))
	}
	srv.Accept(pushed("nowhere", "app", "v1"))
	const deliveries = 6
	all := srv.WaitFor(client.DeliveryQuery{}, func(all []apiv1.Delivery) bool {
		for _, d := range all {
			if d.Status == "pending" && (len(d.Attempts) == 0 || d.Attempts[0].StatusCode == 0) {
				return false
			}
		}
		return len(all) == deliveries
	}, patience)
	inRegistry, trigger := "/r/default", fmt.Sprintf("/r/default/triggers/%d", good.ID)
	return []page{
		{"overview", inRegistry + "/overview", "overview.title"},
		{"overview-table", inRegistry + "/overview?as=table", "overview.as.chart"},
		{"triggers", inRegistry + "/triggers", "triggers.title"},
		{"trigger-new", inRegistry + "/triggers/new", "trigger.new"},
		{"trigger", trigger, "trigger.part.rule"},
		{"trigger-copy", fmt.Sprintf("%s/triggers/new?copy=%d", inRegistry, good.ID), "trigger.part.rule"},
		{"trigger-delete", trigger + "/delete", "delete.about"},
		{"log", inRegistry + "/log", "log.title"},
		{"log-none", inRegistry + "/log?status=cancelled", "log.none.found"},
		{"delivery", inRegistry + "/log/" + string(all[0].ID), "delivery.attempts"},
		{"redeliver", inRegistry + "/log/redeliver", "change.redeliver.title"},
		{"clear", inRegistry + "/log/clear", "change.clear.title"},
		{"replay-past", inRegistry + "/log/replay?since=2026-01-01T00:00", "past.title"},
		{"why", inRegistry + "/why?action=pushImage&repository=public/redis&tag=v1", "why.verdict"},
		{"audit", inRegistry + "/audit", "audit.about"},
		{"registries", "/registries", "registries.add"},
		{"registry", "/registries/default", "connect.title"},
		{"registry-delete", "/registries/default/delete", "registry.delete.about"},
		{"keys", "/keys", "keys.make"},
		{"key-delete", "/keys/" + idOf(srv.Key()) + "/delete", "key.delete.own"},
		{"missing", inRegistry + "/triggers/99", "error.home"},
	}
}

// pushes is a trigger for pushes to repositories of the namespace public.
func pushes(name, repository, url string) apiv1.TriggerSettings {
	return apiv1.TriggerSettings{
		Name: name, Actions: []shipbell.Action{"pushImage"}, Rule: shipbell.Rule{Namespace: "public", Repository: repository},
		Targets: []apiv1.Target{{URL: url}},
	}
}

// pushed is the event of a push as Tencent Container Registry tells of it.
func pushed(namespace, name, tag string) any {
	return map[string]any{
		"type": "pushImage", "occur_at": 1589106605, "operator": "332133xxxx",
		"event_data": map[string]any{
			"resources": []any{map[string]any{
				"digest": "sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105088e268fc9", "tag": tag,
				"resource_url": "xxx-bj.tencentcloudcr.com/" + namespace + "/" + name + ":" + tag,
			}},
			"repository": map[string]any{
				"date_created": 1587119137, "name": name, "namespace": namespace, "repo_full_name": namespace + "/" + name, "repo_type": "public",
			},
		},
	}
}

// see visits a page and waits until it shows what it is for.
func (p *person) see(one page) {
	p.t.Helper()
	p.visit(one.path)
	p.See(p.says(one.shows))
}

// Each language is looked at in one theme; the themes differ in colours alone.
func TestEveryPageIsAccessible(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, p *person) {
		pages := live(t, p.server)
		p.Scheme(map[string]string{"en": "light", "zh": "dark"}[p.language])
		p.visit("/login")
		p.Accessible()
		p.signIn(p.server.Key())
		for _, one := range pages {
			p.see(one)
			p.Accessible()
		}
	})
}

// A phone's window is the narrowest, so what fits there fits anywhere.
func TestEveryPageReadsWithoutScriptsOnAPhone(t *testing.T) {
	t.Parallel()
	p := newPerson(t, server.Start(t, serveFlags...), "en")
	pages := live(t, p.server)
	p.Scripts(false)
	p.Resize(390, 844, true)
	p.signIn(p.server.Key())
	for _, one := range pages {
		p.see(one)
		p.Until(one.name+" is not wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
	}
}
