// Package triggers is the function for people who set Shipbell up: registries,
// triggers, access keys, damaged records, and what a trigger would do. It decodes requests of the REST
// API, calls the use cases and encodes what they answer.
package triggers

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Deps are what the function needs.
type Deps struct {
	Router *api.Router
	App    *app.App
	// Cursors seals the cursors of lists.
	Cursors api.CursorSealer
	// AdminSecret is what a direct invocation must carry to get an admin key, if it is
	// set. With NeedsAdminSecret none gets one while it is not.
	AdminSecret      shipbell.Secret
	NeedsAdminSecret bool
}

// New makes the function.
func New(d Deps) http.Handler {
	const admin, viewer = shipbell.RoleAdmin, shipbell.RoleViewer
	return d.Router.Handler([]api.Route{
		{Pattern: "GET /v1/registries", Role: admin, Handle: d.listRegistries},
		{Pattern: "GET /v1/registries/{registry}", Role: admin, Handle: d.getRegistry},
		{Pattern: "PUT /v1/registries/{registry}", Role: admin, Handle: d.putRegistry},
		{Pattern: "DELETE /v1/registries/{registry}", Role: admin, Handle: d.deleteRegistry},

		{Pattern: "GET /v1/triggers/{registry}", Role: viewer, Query: []string{"label", "limit", "cursor"}, Handle: d.list},
		{Pattern: "POST /v1/triggers/{registry}", Role: admin, Query: []string{"dry_run"}, Handle: d.create},
		{Pattern: "GET /v1/triggers/{registry}/{id}", Role: viewer, Handle: d.get},
		{Pattern: "PUT /v1/triggers/{registry}/{id}", Role: admin, Query: []string{"dry_run"}, Handle: d.replace},
		{Pattern: "PATCH /v1/triggers/{registry}/{id}", Role: admin, Query: []string{"dry_run"}, Handle: d.patch},
		{Pattern: "DELETE /v1/triggers/{registry}/{id}", Role: admin, Handle: d.delete},
		{Pattern: "POST /v1/triggers/{registry}/{id}/test", Role: admin, Handle: d.test},
		{Pattern: "POST /v1/triggers/{registry}/test", Role: admin, Handle: d.testTarget},
		{Pattern: "GET /v1/presets", Role: api.AnyRole, Handle: d.listPresets},

		{Pattern: "POST /v1/match/{registry}", Role: viewer, Query: []string{"source"}, Handle: d.match},
		{Pattern: "POST /v1/patterns/test", Role: api.AnyRole, Handle: d.testPattern},

		{Pattern: "GET /v1/keys", Role: admin, Handle: d.listKeys},
		{Pattern: "POST /v1/keys", Role: admin, Handle: d.createKey},
		{Pattern: "DELETE /v1/keys/{id}", Role: admin, Handle: d.deleteKey},

		{Pattern: "GET /v1/records", Role: admin, Handle: d.listRecords},
		{Pattern: "POST /v1/records/check", Role: admin, Query: []string{"cursor"}, Handle: d.checkRecords},
		{Pattern: "DELETE /v1/records/{name}", Role: admin, Handle: d.dropRecord},
	})
}
