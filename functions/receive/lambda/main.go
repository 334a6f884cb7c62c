// Command lambda is the function receive on AWS Lambda: behind an HTTP API or a
// Function URL, and as the target of an EventBridge rule.
package main

import (
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { aws.Serve(setup.Loader(setup.Receive, aws.Open, receive.Build)) }
