// Command lambda is the function tcrapi on AWS Lambda, behind an HTTP API.
package main

import (
	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	f := setup.Start(setup.TCRAPI, aws.Open)
	aws.ServeHTTP(setup.WithHealth(tcrapi.New(tcrapi.Deps{
		Door: f.Door, Store: f.Store, Host: f.TCRHost, Secure: true, NewRequestID: tcrapi.NewRequestID, Now: f.Now,
	})))
}
