// Command scf is the function logs on Tencent SCF, behind a Function URL.
package main

import (
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { tencent.Serve(setup.Loader(setup.Logs, tencent.Open, logs.Build)) }
