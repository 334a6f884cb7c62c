// Command lambda is the function console on AWS Lambda, behind an HTTP API. It
// contains the functions that its pages call.
package main

import (
	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	aws.Serve(setup.Loader(setup.Console, aws.Open, func(b *setup.Base) platform.Handlers {
		return console.Build(b, triggers.Build(b).HTTP, logs.Build(b).HTTP)
	}))
}
