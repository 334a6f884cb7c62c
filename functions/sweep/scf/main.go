// Command scf is the function sweep on Tencent SCF, called by a timer.
package main

import (
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { tencent.Serve(setup.Loader(setup.Sweep, tencent.Open, sweep.Build)) }
