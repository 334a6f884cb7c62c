package shipbell

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Kind says what sort of failure an error is, and so what its HTTP status is.
type Kind int

// The kinds of failure. An error without a kind is Internal.
const (
	Internal     Kind = iota // our own fault
	Malformed                // the request cannot be read at all
	Invalid                  // readable, but a field is wrong
	TooLarge                 // over a limit on size
	Unsupported              // in an encoding that cannot be undone
	Unauthorised             // no valid access key
	Forbidden                // a valid key without the role
	NotFound                 // not there, or not for this key to know of
	Conflict                 // against the present state
	Stale                    // the If-Match version is not the stored one
	Unavailable              // the store or queue cannot answer now: try again
	Damaged                  // a stored record that cannot be read
)

// Error is a failure with a kind and a message for the user.
type Error struct {
	Kind    Kind
	Message text.Message
	// Fields are the wrong fields of an Invalid error.
	Fields []FieldError
	// Err is the cause, kept for logs and never shown to users.
	Err error
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	// Field is the path in the JSON body, such as "targets[0].url", or the name
	// of a query parameter.
	Field   string
	Message text.Message
}

// Error gives the message, the fields and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message.String())
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Field, f.Message)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the message and the cause.
func (e *Error) Unwrap() []error { return []error{e.Message, e.Err} }

// NewError makes an error of a kind from a sentence for the user.
func NewError(kind Kind, code text.Code, args ...any) error {
	return &Error{Kind: kind, Message: text.New(code, args...)}
}

// Wrap gives err a kind and says what was attempted; the user sees the message
// alone, logs see both.
func Wrap(kind Kind, err error, code text.Code, args ...any) error {
	return &Error{Kind: kind, Message: text.New(code, args...), Err: err}
}

// InvalidField makes an Invalid error about one field.
func InvalidField(field string, code text.Code, args ...any) error {
	return InvalidMessage(field, text.New(code, args...))
}

// InvalidMessage makes an Invalid error about one field from a sentence, such as the
// one that a parser gave.
func InvalidMessage(field string, m text.Message) error {
	return problems{{Field: field, Message: m}}.err()
}

// JoinInvalid makes one Invalid error of several, with the fields of all. The first error of
// another kind, or without fields, comes alone. It is nil if all are.
func JoinInvalid(errs ...error) error {
	var p problems
	for _, err := range errs {
		var e *Error
		if err == nil {
			continue
		}
		if !errors.As(err, &e) || e.Kind != Invalid || len(e.Fields) == 0 {
			return err
		}
		p = append(p, e.Fields...)
	}
	return p.err()
}

// KindOf tells the kind of err, looking through wrapped errors.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// NoRegistry is the NotFound error for a registry that is not there, and just as
// much for one that an access key may not know of.
func NoRegistry(id string) error {
	return NewError(NotFound, text.RegistryUnknown, id)
}
