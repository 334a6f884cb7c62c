package shipbell

import (
	"strconv"

	"github.com/shipbell/shipbell/shared/text"
)

// AnswerClass is the class of an answer's status.
type AnswerClass string

// AnswerNone is the class of an attempt that got no answer.
const AnswerNone AnswerClass = "none"

// AnswerClasses are those that a filter can ask for.
func AnswerClasses() []AnswerClass { return []AnswerClass{"2xx", "3xx", "4xx", "5xx", AnswerNone} }

// ErrorKind is what an attempt failed of, in one word.
type ErrorKind string

// The kinds.
const (
	ErrorDNS         ErrorKind = "dns"         // the host's name was not resolved
	ErrorConnect     ErrorKind = "connect"     // no connection was made
	ErrorTLS         ErrorKind = "tls"         // the certificate or the handshake
	ErrorTimeout     ErrorKind = "timeout"     // it took too long
	ErrorReset       ErrorKind = "reset"       // the connection was lost
	ErrorBlocked     ErrorKind = "blocked"     // the address may not be reached
	ErrorRedirect    ErrorKind = "redirect"    // the answer led elsewhere
	ErrorStatus      ErrorKind = "status"      // the answer's status
	ErrorAnswer      ErrorKind = "answer"      // the answer's body was not as the target's rule wants it
	ErrorRequest     ErrorKind = "request"     // the request could not be made
	ErrorInterrupted ErrorKind = "interrupted" // the process ended during the attempt
	ErrorOther       ErrorKind = "other"
)

// ErrorKinds are all kinds.
func ErrorKinds() []ErrorKind {
	return []ErrorKind{
		ErrorDNS, ErrorConnect, ErrorTLS, ErrorTimeout, ErrorReset, ErrorBlocked,
		ErrorRedirect, ErrorStatus, ErrorAnswer, ErrorRequest, ErrorInterrupted, ErrorOther,
	}
}

// ErrorKind is what the attempt failed of, "" if it did not or has not ended.
func (a *Attempt) ErrorKind() ErrorKind {
	if a.Error.IsZero() {
		return ""
	}
	if timedOut(a.Error) {
		return ErrorTimeout
	}
	switch a.Error.Code {
	case text.DNSFailed:
		return ErrorDNS
	case text.ConnectFailed:
		return ErrorConnect
	case text.TLSFailed:
		return ErrorTLS
	case text.ConnectionLost:
		return ErrorReset
	case text.AddressBlocked:
		return ErrorBlocked
	case text.StatusRedirect, text.StatusRedirectTo:
		return ErrorRedirect
	case text.StatusNotSuccess, text.StatusGone, text.StatusUnlisted, text.StatusPermanent:
		return ErrorStatus
	case text.AnswerNotJSON, text.AnswerLacksField, text.AnswerFieldOther, text.AnswerLacksText, text.AnswerUnreadable:
		return ErrorAnswer
	case text.AttemptInterrupted, text.RequestInterrupted:
		return ErrorInterrupted
	case text.TargetURLInvalid, text.BodyFormatUnknown, text.FormatLacksAction, text.FormatIsSingle, text.FormatNeedsTag,
		text.HeaderFailed, text.HeaderNotSendable, text.AuthBodyNotObject, text.AuthSchemeUnknown,
		text.SigningSecretFailed, text.SigningSecretInvalid:
		return ErrorRequest
	}
	if a.StatusCode != 0 { // an older version left no code
		return ErrorStatus
	}
	return ErrorOther
}

// AnswerClass is the class of the answer that the attempt got.
func (a *Attempt) AnswerClass() AnswerClass {
	if a.StatusCode == 0 {
		return AnswerNone
	}
	return AnswerClass(strconv.Itoa(a.StatusCode/100) + "xx")
}

// LastAnswer tells how the last attempt that has ended was answered, and what it failed of.
// Both are "" if none has ended.
func (d *Delivery) LastAnswer() (AnswerClass, ErrorKind) {
	ended := len(d.Attempts)
	if !d.LeaseUntil.IsZero() {
		ended--
	}
	if ended <= 0 {
		return "", ""
	}
	last := &d.Attempts[ended-1]
	return last.AnswerClass(), last.ErrorKind()
}
