package console_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/shipbell/shipbell/test/browser"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	p := newPerson(t, server.Start(t, serveFlags...), "en")
	target := sink.Start(t)
	p.visit("/")
	p.on("textbox", p.says("login.id"))
	p.Type(p.server.Key())
	p.Press(kb.Enter)
	p.Find("navigation", p.says("layout.sections"))

	p.TabTo("link", p.says("layout.skip"))
	p.Press(kb.Enter)
	p.follow("link", p.says("section.triggers"))
	p.Find("heading", p.says("triggers.title"))
	p.follow("link", p.says("trigger.new"))
	p.on("textbox", p.says("trigger.name"))
	p.Type("by-hand")
	p.TabTo("textbox", p.says("target.url"))
	p.Type(target.URL())
	p.follow("button", p.says("trigger.create"))
	p.See(p.says("done.created"))

	p.server.Accept(pushed("public", "nginx", "v1"))
	target.Wait(t, 1, patience)
	p.follow("link", p.says("section.triggers"))
	p.TabTo("switch", "by-hand: "+p.says("enabled.true"))
	p.Press(" ")
	p.Find("switch", "by-hand: "+p.says("enabled.false"))
	p.on("switch", "by-hand: "+p.says("enabled.false")) // the focus stays
	p.follow("link", p.says("section.log"))
	p.follow("link", p.counts("log.tries", 1))
	p.See(p.says("delivery.attempt", 1))
	p.menu()
}

// follow goes to an element by the tab key and uses it.
func (p *person) follow(role, name string) {
	p.t.Helper()
	p.TabTo(role, name)
	p.Press(kb.Enter)
}

// on waits until the focus is on an element.
func (p *person) on(role, name string) {
	p.t.Helper()
	p.Await("the focus is on the "+role+" "+name, func() bool {
		e, err := p.Focused()
		return err == nil && e.Role == role && e.Name == name
	})
}

// menu opens a menu, and closes it again with Escape.
func (p *person) menu() {
	p.t.Helper()
	name := p.says("role.admin") + " " + idOf(p.server.Key())
	p.follow(browser.Menu, name)
	p.TabTo("button", "中文")
	p.Press(kb.Escape)
	p.on(browser.Menu, name)
	p.Await("the menu is closed", func() bool { return p.Find(browser.Menu, name).Expanded == "false" })
}
