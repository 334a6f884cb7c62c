// Command lambda is the function deliver on AWS Lambda, behind an SQS queue.
package main

import (
	"math/rand/v2"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	f := setup.Start(setup.Deliver, aws.Open)
	lease := deliver.Lease(f.AttemptTimeout)
	aws.ServeQueue(f.Logger, lease, deliver.New(deliver.Deps{
		Store: f.Store, Queue: f.Queue, Sender: f.Sender(f.Now), Schedule: f.RetryWaits, Lease: lease,
		TargetSlots: f.TargetSlots, Now: f.Now, Random: rand.Float64, Logger: f.Logger,
	}))
}
