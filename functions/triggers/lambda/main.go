// Command lambda is the function triggers on AWS Lambda, behind an HTTP
// API, and invoked directly to make an admin key.
package main

import (
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { aws.Serve(setup.Loader(setup.Triggers, aws.Open, triggers.Build)) }
