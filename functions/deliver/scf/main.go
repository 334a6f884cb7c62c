// Command scf is the function deliver on Tencent SCF, invoked asynchronously by the
// other functions. It takes its messages out of Redis.
package main

import (
	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { tencent.Serve(setup.Loader(setup.Deliver, tencent.Open, deliver.Build)) }
