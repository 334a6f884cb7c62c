// Package console is the function that shows Shipbell to people: pages made on the
// server, which work without script and come alive with it.
//
// It decides nothing by itself. What a page shows and changes goes through the use
// cases, with the access key of whoever signed in, so that roles, checks, masks and
// errors are those of the API.
package console

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Deps are what the function needs.
type Deps struct {
	App *app.App
	// Keys finds the access key of a session.
	Keys access.Keys
	// Sealer seals sessions.
	Sealer *access.Sealer
	// TLS says that everybody comes by TLS, as at a cloud's gateway. Otherwise it is
	// seen from each request.
	TLS    bool
	Logger *slog.Logger
	Now    func() time.Time
}

// console is the function: what it needs, and what it made of its files.
type console struct {
	Deps
	assets    assets
	languages []*language
	csrf      *http.CrossOriginProtection
}

// route is one page or action for people who signed in. The registry that its path
// names is there, and theirs to touch.
type route struct {
	pattern string
	// role is what the access key must have.
	role   shipbell.Role
	handle func(*visit) error
}

// routes are all that needs a session.
func (c *console) routes() []route {
	const admin, viewer = shipbell.RoleAdmin, shipbell.RoleViewer
	return []route{
		{"GET " + home, viewer, c.home},
		{"GET /console/r/{registry}/overview", viewer, c.showOverview},
		{"POST /console/r/{registry}/targets/{trigger}/{target}/resume", admin, c.resumeTarget},

		{"GET /console/r/{registry}/triggers", viewer, c.listTriggers},
		{"POST /console/r/{registry}/triggers", admin, c.saveTrigger},
		{"GET /console/r/{registry}/triggers/new", admin, c.newTrigger},
		{"POST /console/r/{registry}/triggers/check", admin, c.checkForm},
		{"GET /console/r/{registry}/triggers/{id}", viewer, c.showTrigger},
		{"POST /console/r/{registry}/triggers/{id}", admin, c.saveTrigger},
		{"POST /console/r/{registry}/triggers/{id}/enabled", admin, c.switchTrigger},
		{"GET /console/r/{registry}/triggers/{id}/delete", admin, c.askDelete},
		{"POST /console/r/{registry}/triggers/{id}/delete", admin, c.deleteTrigger},
		{"POST /console/r/{registry}/triggers/{id}/test", admin, c.testTrigger},

		{"GET /console/r/{registry}/log", viewer, c.showLog},
		{"GET /console/r/{registry}/log/live", viewer, c.watchLog},
		{"GET /console/r/{registry}/log/export.csv", viewer, c.exportCSV},
		{"GET /console/r/{registry}/log/export.json", viewer, c.exportJSON},
		{"GET /console/r/{registry}/log/export.ndjson", viewer, c.exportNDJSON},
		{"GET /console/r/{registry}/log/clear", admin, c.askClear},
		{"POST /console/r/{registry}/log/clear", admin, c.clearAll},
		{"GET /console/r/{registry}/log/replay", admin, c.askReplayPast},
		{"POST /console/r/{registry}/log/replay", admin, c.replayPastAll},
		{"GET /console/r/{registry}/log/redeliver", admin, c.askRedeliver},
		{"POST /console/r/{registry}/log/redeliver", admin, c.redeliverAll},
		{"GET /console/r/{registry}/log/{id}", viewer, c.showDelivery},
		{"GET /console/r/{registry}/log/{id}/progress", viewer, c.watchDelivery},
		{"POST /console/r/{registry}/log/{id}/redeliver", admin, c.redeliver},

		{"GET /console/r/{registry}/why", viewer, c.showWhy},
		{"POST /console/r/{registry}/why", viewer, c.tryEvent},

		{"GET /console/r/{registry}/why/unmatched", viewer, c.showUnmatched},
		{"GET /console/r/{registry}/why/unmatched/replay", admin, c.askReplay},
		{"POST /console/r/{registry}/why/unmatched/replay", admin, c.replayAll},

		{"GET /console/r/{registry}/audit", admin, c.showAudit},

		{"GET /console/registries", admin, c.listRegistries},
		{"POST /console/registries", admin, c.addRegistry},
		{"GET /console/registries/{registry}", admin, c.openRegistry},
		{"POST /console/registries/{registry}", admin, c.saveRegistry},
		{"POST /console/registries/{registry}/key", admin, c.connectRegistry},
		{"GET /console/registries/{registry}/delete", admin, c.askDeleteRegistry},
		{"POST /console/registries/{registry}/delete", admin, c.deleteRegistry},

		{"GET /console/keys", admin, c.listKeys},
		{"POST /console/keys", admin, c.makeKey},
		{"GET /console/keys/{id}/delete", admin, c.askDeleteKey},
		{"POST /console/keys/{id}/delete", admin, c.deleteKey},
	}
}

// New makes the function, which serves everything under /console/.
func New(d Deps) http.Handler {
	c := &console{Deps: d, assets: readAssets(), csrf: http.NewCrossOriginProtection()}
	for _, one := range spoken() {
		c.languages = append(c.languages, c.newLanguage(one.Code))
	}
	mux := http.NewServeMux()
	open := func(pattern string, handle func(*visit) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, handle) })
	}
	open("GET /console/login", c.showLogin)
	open("POST /console/login", c.login)
	open("POST /console/logout", c.logout)
	open("POST /console/preferences", c.prefer)
	for _, one := range c.routes() {
		open(one.pattern, func(v *visit) error { return c.signedIn(v, one) })
	}
	open("/", c.nothing)
	for _, path := range []string{"GET /console", "GET /console/{$}"} {
		mux.Handle(path, http.RedirectHandler(home, http.StatusSeeOther))
	}
	mux.Handle("GET "+assetsPath, c.assets)
	return secured(mux)
}

const (
	// base is where the console is.
	base = "/console/"
	// home is its first page, which leads on. Some gateways know no path that ends in a
	// slash.
	home = base + "home"
)

// must is for what the function brings along itself, and so for what a test sees.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// home leads to the first page of the registry that was looked at last, or to where
// one can be made.
func (c *console) home(v *visit) error {
	switch {
	case v.registry.ID != "":
		return v.redirect(inRegistry(v.registry.ID, sections()[0].path))
	case v.key.Role == shipbell.RoleAdmin:
		return v.redirect(registriesPath)
	}
	return shipbell.NewError(shipbell.NotFound, text.RegistryNone)
}

// inRegistry is the address of a registry's page.
func inRegistry(registry, page string) string { return base + "r/" + registry + page }

func (c *console) nothing(v *visit) error {
	return shipbell.NewError(shipbell.NotFound, text.PathUnknown, v.URL.Path)
}
