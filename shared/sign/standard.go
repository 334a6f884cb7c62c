package sign

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const signatureHeader = "Webhook-Signature"

func shownStandard(shipbell.Auth) (header, value string) { return signatureHeader, shipbell.Mask }

// addStandard signs as Standard Webhooks has it, with the former secret too while it signs:
// the newest signature comes first.
func addStandard(m *Message, t *shipbell.Target, secret string) (proofs []string, err error) {
	key, ok := shipbell.ReadSigningKey(secret)
	if !ok {
		return nil, text.New(text.SigningSecretFailed, text.SigningSecretInvalid)
	}
	proofs = []string{Standard(key, m.ID, m.At, m.Body)}
	if t.FormerSigns(m.At) {
		// A former secret that does not open is no reason not to send.
		if former, err := t.FormerSecret.Reveal(); err == nil {
			if key, ok := shipbell.ReadSigningKey(former); ok {
				proofs = append(proofs, Standard(key, m.ID, m.At, m.Body))
			}
		}
	}
	m.Header.Set(signatureHeader, strings.Join(proofs, " "))
	return proofs, nil
}

// Standard makes a signature of Standard Webhooks: "v1," or "v1a,", by the kind of key, and
// base64. The body is the exact bytes sent; at is the time in webhook-timestamp.
func Standard(key shipbell.SigningKey, id shipbell.DeliveryID, at time.Time, body []byte) string {
	signed := standardMessage(string(id), strconv.FormatInt(at.Unix(), 10), body)
	if key.Ed25519 != nil {
		return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(key.Ed25519, signed))
	}
	return "v1," + base64.StdEncoding.EncodeToString(sum(key.HMAC, signed))
}

// standardMessage is what is signed: id, Unix time and body, with dots between them.
func standardMessage(id, timestamp string, body []byte) []byte {
	signed := make([]byte, 0, len(id)+len(timestamp)+len(body)+2)
	signed = append(append(append(append(signed, id...), '.'), timestamp...), '.')
	return append(signed, body...)
}

// sum is the HMAC-SHA256.
func sum(key, message []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(message)
	return mac.Sum(nil)
}

// publicPrefix begins the public key of Standard Webhooks, by which a receiver checks
// signatures v1a.
const publicPrefix = "whpk_"

// checker reports whether a signature of one version is right.
type checker func(signature string, signed []byte) bool

// readChecker reads the secret that a receiver has.
func readChecker(secret string) (version string, fits checker, err error) {
	key, ok := shipbell.ReadSigningKey(secret)
	if ok && key.HMAC != nil {
		return "v1", func(signature string, signed []byte) bool {
			return equal(signature, base64.StdEncoding.EncodeToString(sum(key.HMAC, signed)))
		}, nil
	}
	var public ed25519.PublicKey
	if encoded, found := strings.CutPrefix(secret, publicPrefix); found {
		public, _ = base64.StdEncoding.DecodeString(encoded)
	} else if ok {
		public = key.Ed25519.Public().(ed25519.PublicKey)
	}
	if len(public) != ed25519.PublicKeySize {
		return "", nil, fmt.Errorf("%w: the secret is none of Standard Webhooks, which are whsec_, whsk_ or whpk_ and base64", ErrSettings)
	}
	return "v1a", func(signature string, signed []byte) bool {
		decoded, err := base64.StdEncoding.DecodeString(signature)
		return err == nil && ed25519.Verify(public, signed, decoded)
	}, nil
}

func checkStandard(r *Received, _ shipbell.Auth, secret string, now time.Time) (Proof, error) {
	version, fits, err := readChecker(secret)
	if err != nil {
		return Proof{}, err
	}
	signatures, err := need(r.Header, "webhook-signature")
	if err != nil {
		return Proof{}, err
	}
	id, err := need(r.Header, "webhook-id")
	if err != nil {
		return Proof{}, err
	}
	timestamp, err := need(r.Header, "webhook-timestamp")
	if err != nil {
		return Proof{}, err
	}
	at, err := readTime("webhook-timestamp", timestamp, seconds)
	if err != nil {
		return Proof{}, err
	}
	var found int
	signed := standardMessage(id, timestamp, r.Body)
	for one := range strings.FieldsSeq(signatures) {
		signature, ok := strings.CutPrefix(one, version+",")
		if !ok {
			continue
		}
		if found++; fits(signature, signed) {
			return Proof{Version: version, At: at}, inTime(at, now, StandardWindow)
		}
	}
	if found == 0 {
		return Proof{}, fmt.Errorf("%w for this secret: webhook-signature has none of version %s", ErrUnsigned, version)
	}
	return Proof{}, fmt.Errorf("%w: it was made with another secret, or for another webhook-id, webhook-timestamp or body, which cannot be told apart", ErrWrong)
}
