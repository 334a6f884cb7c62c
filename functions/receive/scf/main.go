// Command scf is the function receive on Tencent SCF: behind a Function URL, and as
// the target of an EventBridge rule.
package main

import (
	"context"

	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	tencent.Serve(func(ctx context.Context) (tencent.Door, error) {
		f, err := setup.Load(ctx, setup.Receive, tencent.Open)
		if err != nil {
			return nil, err
		}
		deps := receive.Deps{Door: f.Door, Store: f.Store, Queue: f.Queue, Now: f.Now, Logger: f.Logger}
		return tencent.Events(setup.WithHealth(receive.New(deps)), receive.Vouched(deps, f.EventBridgeRegistry)), nil
	})
}
