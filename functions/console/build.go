package console

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
)

// Build makes the function. Its pages call the functions triggers and logs.
func Build(b *setup.Base, triggers, logs http.Handler) platform.Handlers {
	return platform.Handlers{HTTP: New(Deps{
		Triggers: triggers, Logs: logs, Store: b.Store, Sealer: b.Sealer, TLS: b.TLS, Logger: b.Logger, Now: b.Now,
	})}
}
