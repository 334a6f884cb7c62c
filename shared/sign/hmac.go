package sign

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Azure DevOps and Nexus know no other
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// addHMAC puts the HMAC of the body, in hexadecimal, behind the prefix into the header.
func addHMAC(m *Message, t *shipbell.Target, secret string) (proofs []string, err error) {
	made, known := bodyHMAC(t.Auth, secret, m.Body)
	if !known {
		return nil, text.New(text.AuthSchemeUnknown, t.Auth.Algorithm)
	}
	m.Header.Set(t.Auth.Header, t.Auth.Prefix+made)
	return []string{made}, nil
}

// bodyHMAC is the HMAC of a body in hexadecimal; known tells that there is the algorithm.
func bodyHMAC(a shipbell.Auth, secret string, body []byte) (made string, known bool) {
	var algorithm func() hash.Hash
	switch a.Algorithm {
	case "", "sha256":
		algorithm = sha256.New
	case "sha1":
		algorithm = sha1.New
	case "sha512":
		algorithm = sha512.New
	default:
		return "", false
	}
	mac := hmac.New(algorithm, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil)), true
}

func checkHMAC(r *Received, a shipbell.Auth, secret string, _ time.Time) (Proof, error) {
	want, known := bodyHMAC(a, secret, r.Body)
	if !known {
		return Proof{}, fmt.Errorf("%w: there is no algorithm %q; there are sha1, sha256 and sha512", ErrSettings, a.Algorithm)
	}
	got, err := behindPrefix(r, a)
	if err != nil {
		return Proof{}, err
	}
	if _, err := hex.DecodeString(got); err != nil || len(got) != len(want) {
		return Proof{}, fmt.Errorf("%w: the signature in %s is not %d hexadecimal digits", ErrMalformed, a.Header, len(want))
	}
	if !equal(strings.ToLower(got), want) {
		return Proof{}, fmt.Errorf("%w: it was made with another secret, or for another body, which cannot be told apart", ErrWrong)
	}
	return Proof{Version: cmp.Or(a.Algorithm, "sha256")}, nil
}

// behindPrefix reads what stands in the scheme's header behind the prefix.
func behindPrefix(r *Received, a shipbell.Auth) (string, error) {
	value, err := need(r.Header, a.Header)
	if err != nil {
		return "", err
	}
	rest, found := strings.CutPrefix(value, a.Prefix)
	if !found {
		return "", fmt.Errorf("%w: the header %s does not begin with %q", ErrMalformed, a.Header, a.Prefix)
	}
	return rest, nil
}
