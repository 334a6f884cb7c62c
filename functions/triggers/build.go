package triggers

import (
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
)

// Build makes the function: requests, and direct invocations that ask for an admin key.
func Build(b *setup.Base) platform.Handlers {
	d := Deps{Router: b.Router, App: b.App(), Cursors: b.Sealer, AdminSecret: b.AdminSecret, NeedsAdminSecret: b.NeedsAdminSecret}
	d.App.Sender = b.Sender(b.Now)
	return platform.Handlers{HTTP: New(d), Direct: AdminKey(d)}
}
