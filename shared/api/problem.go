package api

import (
	"encoding/json"
	"net/http"

	"github.com/shipbell/shipbell/shared/trigger"
)

// problem is an error as HTTP has it, RFC 9457.
type problem struct {
	Title  string               `json:"title"`
	Status int                  `json:"status"`
	Detail string               `json:"detail"`
	Errors []trigger.FieldError `json:"errors,omitempty"`
}

// Status is the HTTP status for a kind of error.
func Status(kind trigger.Kind) int {
	switch kind {
	case trigger.Malformed:
		return http.StatusBadRequest
	case trigger.Invalid:
		return http.StatusUnprocessableEntity
	case trigger.TooLarge:
		return http.StatusRequestEntityTooLarge
	case trigger.Unauthorised:
		return http.StatusUnauthorized
	case trigger.Forbidden:
		return http.StatusForbidden
	case trigger.NotFound:
		return http.StatusNotFound
	case trigger.Conflict:
		return http.StatusConflict
	case trigger.Stale:
		return http.StatusPreconditionFailed
	case trigger.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// newProblem describes an error to the user: the message and fields of a
// trigger.Error, and nothing of any other.
func newProblem(err error) problem {
	p := problem{Status: Status(trigger.KindOf(err)), Detail: "an internal error; the log says more"}
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
	_ = json.NewEncoder(w).Encode(p)
}
