// Command lambda is the function console on AWS Lambda, behind an HTTP API.
package main

import (
	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	aws.Serve(setup.Loader(setup.Console, aws.Open, console.Build))
}
