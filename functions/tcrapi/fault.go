package tcrapi

import (
	"errors"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/tc3"
	"github.com/shipbell/shipbell/shared/text"
)

// fault is an error that Tencent Cloud has a code of its own for. Its kind is ours.
type fault struct {
	code string
	err  error
}

// Error gives the message.
func (f *fault) Error() string { return f.err.Error() }

// Unwrap gives the error of our kind.
func (f *fault) Unwrap() error { return f.err }

func newFault(code string, kind shipbell.Kind, m text.Message) error {
	return &fault{code, &shipbell.Error{Kind: kind, Message: m}}
}

// missing tells of a parameter that must be given.
func missing(parameter string) error {
	return newFault("MissingParameter", shipbell.Invalid, text.New(text.TCRParameterMissing, parameter))
}

// signatureFault gives an error of tc3 a kind.
func signatureFault(err error) error {
	var e *tc3.Error
	if errors.As(err, &e) {
		return newFault(e.Code, shipbell.Unauthorised, e.Message)
	}
	return err
}

// unknownField reports whether an error tells of a parameter that does not exist.
func unknownField(err *shipbell.Error) bool {
	return len(err.Fields) > 0 && (err.Fields[0].Message.Code == text.FieldUnknown || err.Fields[0].Message.Code == text.FieldCase)
}

// describeError puts an error into TCR's words: a code, and the message and fields
// of a shipbell.Error in a language, and nothing of any other.
func describeError(err error, l text.Language) responseError {
	message := text.New(text.Internal)
	var known *shipbell.Error
	if errors.As(err, &known) {
		message = known.Message
		if known.Kind == shipbell.Invalid && len(known.Fields) > 0 {
			fields := make([]string, len(known.Fields))
			for i, field := range known.Fields {
				fields[i] = text.New(text.FieldMessage, field.Field, field.Message).In(l)
			}
			message = text.New(text.FieldMessage, message, strings.Join(fields, "; "))
		}
	}
	e := responseError{Code: codeOf(shipbell.KindOf(err)), Message: message.In(l)}
	var f *fault
	switch {
	case errors.As(err, &f):
		e.Code = f.code
	case known != nil && unknownField(known):
		e.Code = "UnknownParameter"
	}
	return e
}

// codeOf is the code for a kind of error. Those with AuthFailure are faults. Terraform's
// provider tries again on those for Stale and Unavailable, and on none that begins with
// InternalError.
func codeOf(kind shipbell.Kind) string {
	switch kind {
	case shipbell.Malformed:
		return "InvalidParameter"
	case shipbell.Invalid:
		return "InvalidParameter.ErrorTcrInvalidParameter"
	case shipbell.TooLarge:
		return "RequestSizeLimitExceeded"
	case shipbell.Forbidden:
		return "UnauthorizedOperation"
	case shipbell.NotFound:
		return "ResourceNotFound.TcrResourceNotFound"
	case shipbell.Conflict:
		return "InvalidParameter.ErrTriggerExist"
	case shipbell.Stale:
		return "ResourceInUse"
	case shipbell.Unavailable:
		return "ResourceUnavailable"
	}
	return "InternalError"
}

// inTCRWords renames the fields that an error names to what clients know them by.
func inTCRWords(err error) error {
	var e *shipbell.Error
	if !errors.As(err, &e) || e.Kind != shipbell.Invalid {
		return err
	}
	renamed := *e
	renamed.Fields = make([]shipbell.FieldError, len(e.Fields))
	for i, field := range e.Fields {
		renamed.Fields[i] = shipbell.FieldError{Field: parameter(field.Field), Message: field.Message}
	}
	return &renamed
}

// parameter is the name that TCR's API has for a field of a trigger:
// Trigger.Targets.0.Address for targets[0].url.
func parameter(field string) string {
	switch field {
	case "rule.namespace":
		return "Namespace"
	case "rule.repository", "rule.tag", "rule.dialect":
		return "Trigger.Condition"
	}
	parts := strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune(".[]", r) })
	for i, part := range parts {
		if name, known := map[string]string{
			"name": "Name", "description": "Description", "actions": "EventTypes", "targets": "Targets",
			"url": "Address", "headers": "Headers", "key": "Key", "values": "Values",
		}[part]; known {
			parts[i] = name
		}
	}
	return "Trigger." + strings.Join(parts, ".")
}
