package sign

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Proof is a proof that was found right.
type Proof struct {
	// Version is what made it, as "v1" or "sha256"; "" for a scheme with one way only.
	Version string
	// At is the time that is signed; zero if none is, and then a request can be repeated at
	// any time.
	At time.Time
}

// The clocks of sender and receiver may differ by so much: as Standard Webhooks has it, and
// as the chat services do.
const (
	StandardWindow = 5 * time.Minute
	ChatWindow     = time.Hour
)

// The kinds of errors of Check, for errors.Is.
var (
	// ErrSettings tells that the secret or a setting to check with cannot be one of the scheme.
	ErrSettings = errors.New("cannot check")
	// ErrUnsigned tells that the request has no proof of the scheme.
	ErrUnsigned = errors.New("not signed")
	// ErrMalformed tells that a part of the proof has not the form of the scheme.
	ErrMalformed = errors.New("malformed")
	// ErrWrong tells that the proof is not one of this secret for these bytes.
	ErrWrong = errors.New("wrong signature")
	// ErrTime tells that the proof is right, but its time is too far away.
	ErrTime = errors.New("wrong time")
)

// Check checks a request as a receiver should, with the secret that it shares with the target
// whose settings are a. An error is one of the kinds above, and says what is wrong.
func Check(r Received, a shipbell.Auth, secret string, now time.Time) (Proof, error) {
	s, known := define(a.Scheme)
	if !known {
		return Proof{}, fmt.Errorf("%w: there is no scheme %q", ErrSettings, a.Scheme)
	}
	return s.check(&r, a, secret, now)
}

// need reads a header that must be there once.
func need(h http.Header, name string) (string, error) {
	switch values := h.Values(name); len(values) {
	case 0:
		return "", fmt.Errorf("%w: there is no header %s", ErrUnsigned, name)
	case 1:
		return values[0], nil
	}
	return "", fmt.Errorf("%w: the header %s is there more than once", ErrMalformed, name)
}

// readTime reads a Unix time, of which since makes a time.
func readTime(name, digits string, since func(int64) time.Time) (time.Time, error) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %s is %q, which is no Unix time", ErrMalformed, name, digits)
	}
	return since(n), nil
}

// inTime checks that a signed time is near.
func inTime(at, now time.Time, window time.Duration) error {
	switch age := now.Sub(at).Round(time.Second); {
	case age > window:
		return fmt.Errorf("%w: the signature is right, but %v old; more than %v is too old", ErrTime, age, window)
	case age < -window:
		return fmt.Errorf("%w: the signature is right, but %v ahead of the clock; more than %v is too far", ErrTime, -age, window)
	}
	return nil
}

// seconds makes a time of Unix seconds.
func seconds(n int64) time.Time { return time.Unix(n, 0) }

// equal compares two proofs in constant time.
func equal(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }
