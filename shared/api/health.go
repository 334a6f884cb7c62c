package api

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Health serves GET /healthz without a key: 200 while check gives no error, and
// 503 otherwise.
func Health(check func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			setHeaders(w)
			w.Header().Set("Allow", "GET, HEAD")
			problem{apiv1.Problem{Title: http.StatusText(http.StatusMethodNotAllowed), Status: http.StatusMethodNotAllowed, Detail: "only GET is allowed here"}}.write(w)
			return
		}
		answer := struct {
			Status  string `json:"status"`
			Version string `json:"version"`
		}{"ok", shipbell.Version}
		status := http.StatusOK
		if err := check(); err != nil {
			answer.Status, status = "the store cannot write", http.StatusServiceUnavailable
		}
		write(w, Answer{Status: status, Body: answer})
	})
}
