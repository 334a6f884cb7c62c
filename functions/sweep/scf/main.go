// Command scf is the function sweep on Tencent SCF, called by a timer.
package main

import (
	"context"

	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/store"
)

func main() {
	tencent.Serve(func(ctx context.Context) (tencent.Door, error) {
		f, err := setup.Load(ctx, setup.Sweep, tencent.Open)
		if err != nil {
			return nil, err
		}
		return tencent.Timer(sweep.New(sweep.Deps{Store: f.Store, Queue: f.Queue, Grace: store.Grace, Now: f.Now, Logger: f.Logger})), nil
	})
}
