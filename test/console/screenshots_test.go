package console_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/shipbell/shipbell/test/server"
)

var screenshots = flag.String("screenshots", "", "directory for pictures of every page")

// TestScreenshots takes pictures of every page in light, in dark and as on a phone.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("make screenshots asks for it")
	}
	p := newPerson(t, server.Start(t, serveFlags...), "en")
	pages := live(t, p.server)
	p.visit("/login")
	p.keep("login-light")
	p.signIn(p.server.Key())
	for _, look := range []struct {
		name, scheme  string
		width, height int64
		phone         bool
	}{
		{"light", "light", 1280, 800, false},
		{"dark", "dark", 1280, 800, false},
		{"phone", "light", 390, 844, true},
	} {
		p.Scheme(look.scheme)
		p.Resize(look.width, look.height, look.phone)
		for _, one := range pages {
			p.see(one)
			p.keep(one.name + "-" + look.name)
		}
	}
}

// keep writes a picture of the page as it is.
func (p *person) keep(name string) {
	p.t.Helper()
	if err := os.MkdirAll(*screenshots, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), p.Screenshot(), 0o644); err != nil {
		p.t.Fatal(err)
	}
}
