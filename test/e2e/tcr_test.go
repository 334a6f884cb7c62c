package e2e_test

import (
	"strings"
	"testing"

	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/tcrlife"
)

// TestTCR has Tencent Cloud's SDK lead triggers through their lives in one process.
func TestTCR(t *testing.T) {
	t.Parallel()
	srv := server.Start(t, loopback, "--log-level=debug")
	for _, secret := range tcrlife.Run(t, srv) {
		if strings.Contains(srv.Log(), secret) {
			t.Errorf("the log holds the secret %q", secret)
		}
	}
}
