// Command lambda is the function tcrapi on AWS Lambda, behind an HTTP API.
package main

import (
	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { aws.Serve(setup.Loader(setup.TCRAPI, aws.Open, tcrapi.Build)) }
