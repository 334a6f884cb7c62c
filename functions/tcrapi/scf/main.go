// Command scf is the function tcrapi on Tencent SCF, behind a Function URL.
package main

import (
	"context"

	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	tencent.Serve(func(ctx context.Context) (tencent.Door, error) {
		f, err := setup.Load(ctx, setup.TCRAPI, tencent.Open)
		if err != nil {
			return nil, err
		}
		return tencent.HTTP(setup.WithHealth(tcrapi.New(tcrapi.Deps{
			Door: f.Door, Store: f.Store, Host: f.TCRHost, Secure: true, NewRequestID: tcrapi.NewRequestID, Now: f.Now,
		}))), nil
	})
}
