package api

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Health serves GET /healthz without a key: 200 while check gives no error, and
// 503 otherwise.
func Health(check func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			setHeaders(w)
			const allowed = "GET, HEAD"
			w.Header().Set("Allow", allowed)
			statusProblem(http.StatusMethodNotAllowed, text.New(text.MethodNotAllowed, r.Method, allowed), language(r)).write(w)
			return
		}
		answer := apiv1.Health{Status: "ok", Version: shipbell.Version}
		status := http.StatusOK
		if err := check(); err != nil {
			answer.Status, status = "the store cannot write", http.StatusServiceUnavailable
		}
		write(w, Answer{Status: status, Body: answer})
	})
}
