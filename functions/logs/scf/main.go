// Command scf is the function logs on Tencent SCF, behind a Function URL.
package main

import (
	"context"

	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	tencent.Serve(func(ctx context.Context) (tencent.Door, error) {
		f, err := setup.Load(ctx, setup.Logs, tencent.Open)
		if err != nil {
			return nil, err
		}
		return tencent.HTTP(setup.WithHealth(logs.New(logs.Deps{
			Door: f.Door, Store: f.Store, Queue: f.Queue, Cursors: f.Sealer, Now: f.Now,
		}))), nil
	})
}
