// Command scf is the function triggers on Tencent SCF, behind a Function URL, and
// invoked directly to make an admin key.
package main

import (
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { tencent.Serve(setup.Loader(setup.Triggers, tencent.Open, triggers.Build)) }
