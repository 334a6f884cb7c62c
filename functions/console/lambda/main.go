// Command lambda is the function console on AWS Lambda, behind an HTTP API. It
// brings the functions that its pages call along.
package main

import (
	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	f := setup.Start(setup.Console, aws.Open)
	aws.ServeHTTP(setup.WithHealth(console.New(console.Deps{
		Triggers: triggers.New(triggers.Deps{Door: f.Door, Store: f.Store, Sender: f.Sender(f.Now), Cursors: f.Sealer, Now: f.Now}),
		Logs:     logs.New(logs.Deps{Door: f.Door, Store: f.Store, Queue: f.Queue, Cursors: f.Sealer, Now: f.Now}),
		Store:    f.Store, Sealer: f.Sealer, TLS: true, Logger: f.Logger, Now: f.Now,
	})))
}
