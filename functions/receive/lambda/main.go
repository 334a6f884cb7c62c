// Command lambda is the function receive on AWS Lambda: behind an HTTP API or a
// Function URL, and as the target of an EventBridge rule.
package main

import (
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	f := setup.Start(setup.Receive, aws.Open)
	deps := receive.Deps{Door: f.Door, Store: f.Store, Queue: f.Queue, Now: f.Now, Logger: f.Logger}
	aws.ServeEvents(setup.WithHealth(receive.New(deps)), receive.Vouched(deps, f.EventBridgeRegistry))
}
