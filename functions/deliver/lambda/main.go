// Command lambda is the function deliver on AWS Lambda, behind an SQS queue.
package main

import (
	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { aws.Serve(setup.Loader(setup.Deliver, aws.Open, deliver.Build)) }
