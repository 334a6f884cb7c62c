// Package lambda_test proves that the functions do on AWS what they do in one
// process: their real bootstrap binaries run under a Runtime API, behind a front
// that makes events of HTTP requests and a mapping that hands them the messages of
// SQS, with emulators of DynamoDB and SQS.
package lambda_test

import (
	"os"
	"testing"

	"github.com/shipbell/shipbell/test/clouds"
)

func TestMain(m *testing.M) { os.Exit(clouds.Main(m, "lambda", "lambda.norpc")) }
