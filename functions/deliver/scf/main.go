// Command scf is the function deliver on Tencent SCF, invoked asynchronously by the
// other functions or called by a CKafka trigger.
package main

import (
	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { tencent.Serve(setup.Loader(setup.Deliver, tencent.Open, deliver.Build)) }
