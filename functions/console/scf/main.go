// Command scf is the function console on Tencent SCF, behind a Function URL.
package main

import (
	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	tencent.Serve(setup.Loader(setup.Console, tencent.Open, console.Build))
}
