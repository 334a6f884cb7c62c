// Command scf is the function triggers on Tencent SCF, behind a Function URL, and
// invoked directly by whoever needs an admin key.
package main

import (
	"context"

	"github.com/shipbell/shipbell/functions/triggers"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	tencent.Serve(func(ctx context.Context) (tencent.Door, error) {
		f, err := setup.Load(ctx, setup.Triggers, tencent.Open)
		if err != nil {
			return nil, err
		}
		deps := triggers.Deps{Door: f.Door, Store: f.Store, Sender: f.Sender(f.Now), Cursors: f.Sealer, Now: f.Now}
		return tencent.Direct(setup.WithHealth(triggers.New(deps)), triggers.AdminKey(deps)), nil
	})
}
