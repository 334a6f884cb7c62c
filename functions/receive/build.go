package receive

import (
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
)

// Build makes the function: requests of registries, and events that a rule of the
// account sends.
func Build(b *setup.Base) platform.Handlers {
	d := Deps{Router: b.Router, Store: b.Store, Queue: b.Queue, SNS: b.SNS(), Google: b.Google(), Metrics: b.Metrics, Now: b.Now, Logger: b.Logger}
	return platform.Handlers{HTTP: New(d), Event: NewEvents(d, b.EventBridgeRegistry)}
}
