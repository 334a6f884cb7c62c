// Command lambda is the function sweep on AWS Lambda, called by a schedule.
package main

import (
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/store"
)

func main() {
	f := setup.Start(setup.Sweep, aws.Open)
	aws.ServeTimer(sweep.New(sweep.Deps{Store: f.Store, Queue: f.Queue, Grace: store.Grace, Now: f.Now, Logger: f.Logger}))
}
