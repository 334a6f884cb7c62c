package api

import (
	"encoding/json"
	"net/http"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// problem is an error as HTTP has it.
type problem struct{ apiv1.Problem }

// Status is the HTTP status for a kind of error.
func Status(kind shipbell.Kind) int {
	switch kind {
	case shipbell.Malformed:
		return http.StatusBadRequest
	case shipbell.Invalid:
		return http.StatusUnprocessableEntity
	case shipbell.TooLarge:
		return http.StatusRequestEntityTooLarge
	case shipbell.Unauthorised:
		return http.StatusUnauthorized
	case shipbell.Forbidden:
		return http.StatusForbidden
	case shipbell.NotFound:
		return http.StatusNotFound
	case shipbell.Conflict:
		return http.StatusConflict
	case shipbell.Stale:
		return http.StatusPreconditionFailed
	case shipbell.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// newProblem describes an error to the user: the message and fields of a
// shipbell.Error, and nothing of any other.
func newProblem(err error) problem {
	p := problem{apiv1.Problem{Status: Status(shipbell.KindOf(err)), Detail: "an internal error; the log says more"}}
	p.Title = http.StatusText(p.Status)
	if e, ok := asError(err); ok {
		p.Detail, p.Errors = e.Message, e.Fields
	}
	return p
}

func (p problem) write(w http.ResponseWriter) {
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="shipbell", charset="UTF-8"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	// A client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(p.Problem)
}
