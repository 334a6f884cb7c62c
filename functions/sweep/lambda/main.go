// Command lambda is the function sweep on AWS Lambda, called by a schedule. It also hands
// events that receive could not take to it again.
package main

import (
	"os"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/platform/aws/redrive"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	aws.Serve(redrive.Timer(setup.Loader(setup.Sweep, aws.Open, sweep.Build), os.Getenv))
}
