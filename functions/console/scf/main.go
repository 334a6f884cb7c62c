// Command scf is the function console on Tencent SCF, behind a Function URL. It
// contains the functions that its pages call.
package main

import (
	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	tencent.Serve(setup.Loader(setup.Console, tencent.Open, func(b *setup.Base) platform.Handlers {
		return console.Build(b, triggers.Build(b).HTTP, logs.Build(b).HTTP)
	}))
}
