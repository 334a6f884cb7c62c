package api_test

import (
	"net/http"
	"testing"

	"github.com/shipbell/shipbell/test/server"
)

// process is a running `shipbell serve`, and a client with its admin key.
type process struct {
	client
	*server.Server
}

// startProcess runs the real service with a new data directory until the test
// ends.
func startProcess(t testing.TB, flags ...string) *process {
	t.Helper()
	p := &process{Server: server.Start(t, append(flags, "SHIPBELL_LOG_LEVEL=debug")...)}
	p.client = client{t: t, base: p.URL(), next: newTransport(t), seen: &transcript{}}.as(p.Key())
	return p
}

func newTransport(t testing.TB) *http.Transport {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}
