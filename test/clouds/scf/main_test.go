// Package scf_test proves that the functions do on Tencent SCF what they do in one
// process: their real binaries are invoked over net/rpc as SCF does it, behind a
// front that makes events of HTTP requests and a stand-in for the API of SCF that
// takes asynchronous invocations, with a real Redis.
package scf_test

import (
	"os"
	"testing"

	"github.com/shipbell/shipbell/test/clouds"
)

func TestMain(m *testing.M) { os.Exit(clouds.Main(m, "scf", "")) }
