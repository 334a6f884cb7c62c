package console_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/shipbell/shipbell/test/browser"
)

func TestLogFilters(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, p *person) {
		live(t, p.server)
		p.signIn(p.server.Key())
		p.goTo("log")
		p.Fill(p.says("filter.trigger"), "scan")
		p.Choose(p.says("filter.status"), p.says("status.pending"))
		p.Click("button", p.says("log.filter.go"))
		p.Await("the filter is in the address", func() bool {
			at, err := url.Parse(p.URL())
			return err == nil && at.Query().Get("trigger") == "scan" && at.Query().Get("status") == "pending"
		})
		p.Row("v1.1.0", "scan", p.says("status.pending"))
		p.Miss("deploy-web")
		p.exports("csv", "scan", "deploy-web")
		p.exports("json", "scan", "deploy-web")
		p.visit(strings.TrimPrefix(p.URL(), p.server.URL()+"/console"))
		p.Row("v1.0.0", "scan")
		p.Miss("deploy-web")

		p.goTo("log")
		p.Fill(p.says("filter.trigger"), "deploy-web")
		p.Choose(p.says("filter.status"), p.says("status.succeeded"))
		p.Click("button", p.says("log.filter.go"))
		p.Miss("scan")
		p.Click("link", p.says("log.redeliver"))
		p.See(p.counts("change.redeliver.count", 3))
		p.Click("button", p.counts("change.redeliver.submit", 3))
		p.See(p.counts("change.redeliver.done", 3))

		p.goTo("log")
		p.Row("v1.1.0", "deploy-web", p.says("status.succeeded"), p.counts("log.tries", 2))
		p.Row("v1.1.0", "scan", p.says("status.pending"), p.counts("log.tries", 1))
	})
}

// exports reads an export as its link is followed: it holds one text, and not the
// other.
func (p *person) exports(format, holds, lacks string) {
	p.t.Helper()
	text, err := browser.EvalLater[string](p.Tab, `fetch([...document.links].find(link => link.pathname.endsWith("export.`+format+`"))).then(answer => answer.text())`)
	if err != nil {
		p.t.Fatal(err)
	}
	if !strings.Contains(text, holds) || strings.Contains(text, lacks) {
		p.t.Errorf("the export as %s should hold %q and not %q:\n%s", format, holds, lacks, text)
	}
}

func TestWhy(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, p *person) {
		live(t, p.server)
		p.signIn(p.server.Key())
		p.goTo("why")
		p.See("nowhere/app", p.says("why.lately")) // what no trigger was for
		p.stay()
		p.Fill(p.says("log.repository"), "public/redis")
		p.Fill(p.says("log.tag"), "v7")
		p.Row(p.says("why.yes"), "scan")
		p.Row(p.says("why.no"), "deploy-web", "nginx*")
		p.stayed()
		p.Fill(p.says("why.event.label"), `{"type":"pushImage","occur_at":1589106605,"event_data":{"resources":[{"digest":"sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105088e268fc9","tag":"v9"}],"repository":{"name":"nginx-9","namespace":"public","repo_full_name":"public/nginx-9"}}}`)
		p.Press(kb.Tab + kb.Tab)
		p.on("button", p.says("why.ask"))
		p.Press(kb.Enter)
		p.See("public/nginx-9")
		p.Row(p.says("why.yes"), "deploy-web")
	})
}
