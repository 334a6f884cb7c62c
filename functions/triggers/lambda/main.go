// Command lambda is the function triggers on AWS Lambda, behind an HTTP
// API, and invoked directly by whoever needs an admin key.
package main

import (
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	f := setup.Start(setup.Triggers, aws.Open)
	deps := triggers.Deps{Door: f.Door, Store: f.Store, Sender: f.Sender(f.Now), Cursors: f.Sealer, Now: f.Now}
	aws.ServeDirect(setup.WithHealth(triggers.New(deps)), triggers.AdminKey(deps))
}
