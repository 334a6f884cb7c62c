// Command lambda is the function logs on AWS Lambda, behind an HTTP API.
package main

import (
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { aws.Serve(setup.Loader(setup.Logs, aws.Open, logs.Build)) }
