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
)

// timeoutError is a request that took longer than a client's total.
type timeoutError time.Duration

func (t timeoutError) Error() string { return "timeout after " + time.Duration(t).String() }

// failure is a network error in words for users. The cause, which may name
// addresses and the target's own words, is there for errors.Is and errors.As.
type failure struct {
	text  string
	cause error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.cause }

// describe puts what a round trip failed of in words for users.
func describe(ctx context.Context, err error) error {
	if rule, ok := errors.AsType[blocked](err); ok {
		return rule
	}
	switch cause := context.Cause(ctx).(type) {
	case nil:
		return &failure{text(err), err}
	case timeoutError:
		return cause
	default:
		return &failure{"interrupted before an answer came", cause}
	}
}

func text(err error) string {
	op, _ := errors.AsType[*net.OpError](err)
	dialling := op != nil && op.Op == "dial"
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "dns: " + dnsText(dns)
	}
	if text := tlsText(err, op); text != "" {
		return "tls: " + text
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		if dialling {
			return "connect: timeout"
		}
		return "timeout awaiting an answer"
	}
	errno, isErrno := errors.AsType[syscall.Errno](err)
	switch {
	case dialling && isErrno:
		return "connect: " + errno.Error()
	case dialling:
		return "connect: not possible"
	case isErrno:
		return "reset: " + errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "reset: the connection ended before an answer"
	}
	return "http: no readable answer (broken off, malformed, or a header over 64 KiB)"
}

func dnsText(err *net.DNSError) string {
	switch {
	case err.IsNotFound:
		return "no such host"
	case err.IsTimeout:
		return "timeout"
	}
	return "lookup failed"
}

// tlsText is "" for an error that has nothing to do with TLS.
func tlsText(err error, op *net.OpError) string {
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return certificateText(bad.Err)
	}
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case notTLS, errors.Is(err, http.ErrSchemeMismatch):
		return "the target does not speak TLS"
	case op != nil && (op.Op == "remote error" || op.Op == "local error"):
		return strings.TrimPrefix(op.Err.Error(), "tls: ") // an alert, named by the standard library
	case strings.HasPrefix(err.Error(), "net/http: TLS handshake timeout"):
		return "handshake timeout"
	case strings.HasPrefix(err.Error(), "tls: "):
		return "handshake failed"
	}
	return ""
}

// certificateText leaves out the names that x509 errors quote from certificates.
func certificateText(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the certificate is signed by an unknown authority"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the certificate is not for this host"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "the certificate has expired or is not yet valid"
	}
	return "the certificate is not valid"
}
