package safehttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// timeoutError is a request that took longer than a client's total.
type timeoutError time.Duration

func (t timeoutError) Error() string { return t.Unwrap().Error() }
func (t timeoutError) Unwrap() error { return text.New(text.TimeoutTotal, time.Duration(t)) }

// failure is a network error in words for users. The cause, which may name
// addresses and the target's own words, is there for errors.Is and errors.As.
type failure struct {
	message text.Message
	cause   error
}

func (f *failure) Error() string   { return f.message.Error() }
func (f *failure) Unwrap() []error { return []error{f.message, f.cause} }

// describe explains a failed round trip to users.
func describe(ctx context.Context, err error) error {
	if rule, ok := errors.AsType[blocked](err); ok {
		return rule
	}
	switch cause := context.Cause(ctx).(type) {
	case nil:
		return &failure{explain(err), err}
	case timeoutError:
		return cause
	default:
		return &failure{text.New(text.RequestInterrupted), cause}
	}
}

func explain(err error) text.Message {
	op, _ := errors.AsType[*net.OpError](err)
	dialling := op != nil && op.Op == "dial"
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return text.New(text.DNSFailed, dnsCode(dns))
	}
	if problem := tlsProblem(err, op); problem != nil {
		return text.New(text.TLSFailed, problem)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		if dialling {
			return text.New(text.ConnectFailed, text.NetworkTimeout)
		}
		return text.New(text.TimeoutAnswer)
	}
	errno, isErrno := errors.AsType[syscall.Errno](err)
	switch {
	case dialling && isErrno:
		return text.New(text.ConnectFailed, errnoText(errno))
	case dialling:
		return text.New(text.ConnectFailed, text.ConnectNotPossible)
	case isErrno:
		return text.New(text.ConnectionLost, errnoText(errno))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return text.New(text.ConnectionLost, text.ConnectionEnded)
	}
	return text.New(text.AnswerUnreadable)
}

// errnoText is the code for a system's error, or what the system calls it.
func errnoText(errno syscall.Errno) any {
	switch errno {
	case syscall.ECONNREFUSED:
		return text.ConnectionRefused
	case syscall.ECONNRESET:
		return text.ConnectionReset
	case syscall.EHOSTUNREACH:
		return text.ConnectionNoRoute
	case syscall.ENETUNREACH:
		return text.ConnectionNetworkUnreachable
	}
	return errno
}

func dnsCode(err *net.DNSError) text.Code {
	switch {
	case err.IsNotFound:
		return text.DNSNoSuchHost
	case err.IsTimeout:
		return text.NetworkTimeout
	}
	return text.DNSLookupFailed
}

// tlsProblem is nil for an error that has nothing to do with TLS, and else a code, a message or
// what the standard library calls an alert.
func tlsProblem(err error, op *net.OpError) any {
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return certificateProblem(bad)
	}
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case notTLS, errors.Is(err, http.ErrSchemeMismatch):
		return text.TLSNotSpoken
	case op != nil && (op.Op == "remote error" || op.Op == "local error"):
		return strings.TrimPrefix(op.Err.Error(), "tls: ")
	case errors.Is(err, errHandshakeTimeout):
		return text.TLSHandshakeTimeout
	case strings.HasPrefix(err.Error(), "tls: "):
		return text.TLSHandshakeFailed
	}
	return nil
}

// certificateProblem leaves out the names that x509 errors quote from certificates.
func certificateProblem(bad *tls.CertificateVerificationError) any {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](bad.Err); ok {
		return text.TLSUnknownAuthority
	}
	if host, ok := errors.AsType[x509.HostnameError](bad.Err); ok {
		if c := host.Certificate; len(c.DNSNames) == 0 && len(c.IPAddresses) == 0 {
			return text.TLSNoNames
		}
		return text.TLSWrongHost
	}
	invalid, ok := errors.AsType[x509.CertificateInvalidError](bad.Err)
	if !ok || invalid.Reason != x509.Expired {
		return text.TLSCertificateInvalid
	}
	if c := invalid.Cert; time.Now().Before(c.NotBefore) {
		return text.New(text.TLSNotYetValid, c.NotBefore.UTC().Format(time.DateOnly))
	}
	return text.New(text.TLSExpiredOn, invalid.Cert.NotAfter.UTC().Format(time.DateOnly))
}
