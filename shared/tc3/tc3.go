// Package tc3 verifies the signatures that Tencent Cloud's SDKs put on requests:
// TC3-HMAC-SHA256, and v1 with HmacSHA1 or HmacSHA256. It knows no access keys
// and no actions, keeps nothing, and reads only what it is handed.
package tc3

import (
	"crypto/hmac"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// Window is how far the time of a request may be from ours, either way.
const Window = 5 * time.Minute

// The codes of Tencent Cloud for what can be wrong with a signature.
const (
	Failure = "AuthFailure.SignatureFailure"
	Expired = "AuthFailure.SignatureExpire"
)

// Error says what is wrong with a signature, to whoever made it.
type Error struct {
	// Code is Failure or Expired.
	Code    string
	Message text.Message
}

// Error gives the message.
func (e *Error) Error() string { return e.Message.Error() }

func failure(code text.Code, args ...any) error {
	return &Error{Code: Failure, Message: text.New(code, args...)}
}

// Request is what of an HTTP request a signature is about.
type Request struct {
	Method string
	// Hosts are those that the client may have signed, with their ports. The first
	// is the one that its request names.
	Hosts []string
	// Paths are those that the client may have signed, escaped, "/" being the shortest.
	// The first is the one that its request names.
	Paths []string
	// Query is as it was sent, escaped.
	Query  string
	Header http.Header
	Body   []byte
	// Secure tells that nobody can have changed the body on its way, which is when
	// it need not be signed.
	Secure bool
}

// Signature is one that was found in a request. Until Verify succeeds it is only a
// claim.
type Signature struct {
	// SecretID is the access key that it claims to be made with.
	SecretID string
	// Service is the product that the request is signed for; "" in v1, which names none.
	// See For.
	Service string
	// Parameters are those of the request in v1, which signs them all; else nil.
	Parameters map[string]string

	given []byte
	// texts are what the client may have signed, the likeliest first.
	texts iter.Seq[string]
	// signer makes the signatures of texts with a secret.
	signer func(secret string) func(text string) []byte
	// products are the names that SDKs may have taken for the product's.
	products []string
}

// For reports whether the request may be one for a product: it was signed for that, or
// for what its SDK took for the product's name, or by v1, which names none.
func (s *Signature) For(product string) bool {
	return s.Service == "" || s.Service == product || slices.Contains(s.products, s.Service)
}

// Read finds the signature of a request made now. It refuses, with an Error, what no
// secret could make right: a signature that is missing, malformed, too old or too
// new.
func Read(r *Request, now time.Time) (*Signature, error) {
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		return readTC3(r, authorization, now)
	}
	return readV1(r, now)
}

// Verify checks that the signature was made with a secret, in a time that does not
// depend on how wrong it is. It does the same work for the empty secret, which stands
// for one that is not known, and then fails.
func (s *Signature) Verify(secret string) error {
	sign := s.signer(secret)
	for text := range s.texts {
		if hmac.Equal(sign(text), s.given) && secret != "" {
			return nil
		}
	}
	return failure(text.SignatureMismatch)
}

// readTime reads the time of a request in Unix seconds.
func readTime(unix string, now time.Time) (time.Time, error) {
	seconds, err := strconv.ParseInt(unix, 10, 64)
	if err != nil || len(unix) > 12 {
		return time.Time{}, &Error{Code: Expired, Message: text.New(text.SignatureNoTime)}
	}
	at := time.Unix(seconds, 0).UTC()
	if difference := now.Sub(at); difference > Window || difference < -Window {
		return at, &Error{Code: Expired, Message: text.New(text.SignatureTime, at.Format(time.RFC3339), Window)}
	}
	return at, nil
}
