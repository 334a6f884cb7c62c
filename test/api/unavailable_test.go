package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestUnavailable asks for every operation while the store is gone, with a key
// that is still remembered and with one that is not.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	at := s.populate("alpha")
	unknown := s.key("admin")
	key, _, _ := strings.Cut(s.key("viewer"), ":")
	s.do("GET", "/readyz", nil).want(http.StatusOK)
	s.fail.Store(true)
	for _, o := range loaded(t).operations {
		if o.role == signed {
			continue // TestTCR asks for these
		}
		media, body := o.body(t)
		for name, c := range map[string]client{"remembered": s.client, "unknown": s.as(unknown)} {
			want := http.StatusServiceUnavailable
			if (o.OperationID == "testPattern" || o.OperationID == "listPresets") && name == "remembered" {
				want = http.StatusOK // they need nothing from the store
			}
			if o.OperationID == "health" {
				want = http.StatusOK // the process is alive
			}
			c.with("Content-Type", media).do(o.Method, at.target(o, key), body).want(want)
		}
	}
	s.fail.Store(false)
	s.do("GET", "/readyz", nil).want(http.StatusOK)
}
