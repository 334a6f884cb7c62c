package sweep

import (
	"context"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
)

// Build makes the function.
func Build(b *setup.Base) platform.Handlers {
	return platform.Handlers{Timer: New(deps(b))}
}

// Refill makes what a process calls once at its start, when its queue is empty: it sends
// messages of all deliveries that wait, of new ones too.
func Refill(b *setup.Base) func(ctx context.Context) error {
	d := deps(b)
	d.Refill = true
	return New(d)
}

func deps(b *setup.Base) Deps {
	return Deps{Store: b.Store, Queue: b.Queue, FewWrites: b.Metered, ProcessStart: b.ProcessStart, Metrics: b.Metrics, Now: b.Now, Logger: b.Logger}
}
