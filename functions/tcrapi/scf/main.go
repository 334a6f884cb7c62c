// Command scf is the function tcrapi on Tencent SCF, behind a Function URL.
package main

import (
	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() { tencent.Serve(setup.Loader(setup.TCRAPI, tencent.Open, tcrapi.Build)) }
