package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// Error is an answer that is no success.
type Error struct{ apiv1.Problem }

// Error says what is wrong with each field, or else what went wrong.
func (e *Error) Error() string {
	if len(e.Errors) > 0 {
		texts := make([]string, len(e.Errors))
		for i, field := range e.Errors {
			texts[i] = field.Field + ": " + field.Message
		}
		return strings.Join(texts, "; ")
	}
	if e.Detail != "" {
		return e.Detail
	}
	return fmt.Sprintf("%d %s", e.Status, e.Title)
}

// IsStatus reports whether err is an answer with this status.
func IsStatus(err error, status int) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status == status
}

// Unreachable is the error of a server that gave no answer. It is not known whether the
// request was carried out.
type Unreachable struct {
	// Server is the address that was asked.
	Server string
	// Waited is how long no answer came, if that is what went wrong; else 0.
	Waited time.Duration
	// Err is the cause.
	Err error
}

// Error says which server did not answer, and why.
func (e *Unreachable) Error() string {
	if e.Waited > 0 {
		return fmt.Sprintf("%s does not answer within %v", e.Server, e.Waited)
	}
	return fmt.Sprintf("%s cannot be reached: %v", e.Server, e.Err)
}

// Unwrap gives the cause.
func (e *Unreachable) Unwrap() error { return e.Err }

// unreachable explains why no answer came. A caller whose own context has ended gets
// that context's error.
func (c *Client) unreachable(caller, within context.Context, r Request, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // whose text repeats the address
	}
	if caller.Err() != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.Path, caller.Err())
	}
	e := &Unreachable{Server: c.base.String(), Err: err}
	if within.Err() != nil {
		e.Waited = c.timeout
		if r.Timeout != 0 {
			e.Waited = r.Timeout
		}
	}
	return e
}

// refusal reads an answer that is no success.
func (c *Client) refusal(response *http.Response, body []byte) error {
	e := &Error{}
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json") || json.Unmarshal(body, e) != nil {
		return fmt.Errorf("%s answered %s, but not as Shipbell does: is it a Shipbell server?", c.base, response.Status)
	}
	e.Status = response.StatusCode
	return e
}
