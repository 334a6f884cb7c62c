// Command scf is the function receive on Tencent SCF: behind a Function URL, and as
// the target of an EventBridge rule.
package main

import (
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { tencent.Serve(setup.Loader(setup.Receive, tencent.Open, receive.Build)) }
