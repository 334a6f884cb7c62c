// Command scf is the function deliver on Tencent SCF, invoked asynchronously by the
// other functions or called by a CKafka trigger.
package main

import (
	"context"
	"math/rand/v2"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	tencent.Serve(func(ctx context.Context) (tencent.Door, error) {
		f, err := setup.Load(ctx, setup.Deliver, tencent.Open)
		if err != nil {
			return nil, err
		}
		lease := deliver.Lease(f.AttemptTimeout)
		return tencent.Queue(f.Logger, lease, deliver.New(deliver.Deps{
			Store: f.Store, Queue: f.Queue, Sender: f.Sender(f.Now), Schedule: f.RetryWaits, Lease: lease,
			TargetSlots: f.TargetSlots, Now: f.Now, Random: rand.Float64, Logger: f.Logger,
		})), nil
	})
}
