package console

import (
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
)

// Build makes the function.
func Build(b *setup.Base) platform.Handlers {
	d := Deps{App: b.App(), Keys: b.Store, Sealer: b.Sealer, TLS: b.TLS, Logger: b.Logger, Now: b.Now}
	d.App.Sender = b.Sender(b.Now)
	return platform.Handlers{HTTP: New(d)}
}
