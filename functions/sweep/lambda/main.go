// Command lambda is the function sweep on AWS Lambda, called by a schedule.
package main

import (
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { aws.Serve(setup.Loader(setup.Sweep, aws.Open, sweep.Build)) }
