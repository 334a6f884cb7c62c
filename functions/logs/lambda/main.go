// Command lambda is the function logs on AWS Lambda, behind an HTTP API.
package main

import (
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
)

func main() {
	f := setup.Start(setup.Logs, aws.Open)
	aws.ServeHTTP(setup.WithHealth(logs.New(logs.Deps{
		Door: f.Door, Store: f.Store, Queue: f.Queue, Cursors: f.Sealer, Now: f.Now,
	})))
}
