package tcrapi

import (
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
)

// Build makes the function.
func Build(b *setup.Base) platform.Handlers {
	return platform.Handlers{HTTP: New(Deps{Router: b.Router, App: b.App(), Host: b.TCRHost, Secure: b.TLS, NewRequestID: NewRequestID, Now: b.Now})}
}
