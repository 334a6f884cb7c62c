package deliver

import (
	"math/rand/v2"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/store/circuit"
	"github.com/shipbell/shipbell/shared/store/pace"
)

// Build makes the function, which works on messages.
func Build(b *setup.Base) platform.Handlers {
	return New(Deps{
		Store: b.Store, Queue: b.Queue, Slow: b.Slow, Sender: b.Sender(b.Now), Circuits: circuit.NewRecords(b.Store.Items()), Paces: pace.NewRecords(b.Store.Items()), Schedule: b.RetryWaits, Lease: Lease(b.AttemptTimeout), MaxTimeout: b.MaxAttemptTimeout, TargetSlots: b.TargetSlots,
		ProcessStart: b.ProcessStart, Stopping: b.Stopping, Metrics: b.Metrics, Now: b.Now, Random: rand.Float64, Logger: b.Logger,
	})
}
