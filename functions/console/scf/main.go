// Command scf is the function console on Tencent SCF, behind a Function URL. It
// brings the functions that its pages call along.
package main

import (
	"context"

	"github.com/shipbell/shipbell/functions/console"
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	tencent.Serve(func(ctx context.Context) (tencent.Door, error) {
		f, err := setup.Load(ctx, setup.Console, tencent.Open)
		if err != nil {
			return nil, err
		}
		return tencent.HTTP(setup.WithHealth(console.New(console.Deps{
			Triggers: triggers.New(triggers.Deps{Door: f.Door, Store: f.Store, Sender: f.Sender(f.Now), Cursors: f.Sealer, Now: f.Now}),
			Logs:     logs.New(logs.Deps{Door: f.Door, Store: f.Store, Queue: f.Queue, Cursors: f.Sealer, Now: f.Now}),
			Store:    f.Store, Sealer: f.Sealer, TLS: true, Logger: f.Logger, Now: f.Now,
		}))), nil
	})
}
