package api

import (
	"encoding/json"
	"net/http"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
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
	case shipbell.Unsupported:
		return http.StatusUnsupportedMediaType
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
	default: // Internal and Damaged
		return http.StatusInternalServerError
	}
}

// newProblem describes an error to the user: the message and fields of a
// shipbell.Error, and nothing of any other.
func newProblem(err error, l text.Language) problem {
	e, known := asError(err)
	if !known {
		e = &shipbell.Error{Message: text.New(text.Internal)}
	}
	p := statusProblem(Status(e.Kind), e.Message, l)
	p.Errors = apiv1.NewFieldErrors(e.Fields, l)
	return p
}

func statusProblem(status int, m text.Message, l text.Language) problem {
	return problem{apiv1.Problem{Status: status, Title: http.StatusText(status), Code: m.Code, Detail: m.In(l)}}
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
