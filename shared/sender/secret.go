// Package sender proves who sent a request, beside its access key: by the signatures that
// registries make with a secret of the registry, by those of Amazon SNS, whose certificates
// it fetches from hosts of Amazon alone, and by the tokens of Google, whose keys it fetches
// from one host of Google. It decides nothing about events.
package sender

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Nexus signs with nothing else
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// signature is one way in which a sender signs.
type signature struct {
	header string
	right  func(secret, value string, body []byte) bool
}

func signatures() []signature {
	hub := func(secret, value string, body []byte) bool { return isMAC(sha256.New, secret, value, body) }
	return []signature{
		{"X-Hub-Signature-256", func(secret, value string, body []byte) bool {
			digits, ok := strings.CutPrefix(value, "sha256=")
			return ok && hub(secret, digits, body)
		}},
		{"X-Gitea-Signature", hub},
		{"X-Forgejo-Signature", hub},
		{"X-JFrog-Event-Auth", func(secret, value string, body []byte) bool {
			return same(secret, value) || hub(secret, value, body)
		}},
		{"X-Nexus-Webhook-Signature", isNexus},
	}
}

// signers are headers of senders that sign if they are told the secret.
func signers() []string {
	return []string{"X-GitHub-Event", "X-Gitea-Event", "X-Forgejo-Event", "X-Nexus-Webhook-Id"}
}

// Check verifies what a sender made of a registry's secret and the body, after its content
// encodings are undone. Every signature that is there must be right, and a sender that can
// sign must have signed; otherwise the error is Unauthorised. Other senders cannot sign:
// their access key is their proof. So it is where the registry has no secret.
func Check(secret shipbell.Secret, h http.Header, body []byte) error {
	if secret.Empty() {
		return nil
	}
	signed, wrong := false, ""
	clear, err := secret.Reveal()
	for _, s := range signatures() {
		value := h.Get(s.header)
		if value == "" {
			continue
		}
		if err != nil {
			return fmt.Errorf("verify %s: %w", s.header, err)
		}
		signed = true
		if !s.right(clear, value, body) {
			wrong = s.header
		}
	}
	switch {
	case wrong != "":
		return shipbell.NewError(shipbell.Unauthorised, text.SenderSignature, wrong)
	case !signed && signs(h):
		return shipbell.NewError(shipbell.Unauthorised, text.SenderUnsigned)
	}
	return nil
}

// signs reports whether the sender is one that can sign.
func signs(h http.Header) bool {
	for _, name := range signers() {
		if h.Get(name) != "" {
			return true
		}
	}
	return strings.HasPrefix(h.Get("User-Agent"), "JFrog")
}

func isMAC(hashed func() hash.Hash, secret, digits string, body []byte) bool {
	given, err := hex.DecodeString(digits)
	mac := hmac.New(hashed, []byte(secret))
	mac.Write(body)
	return err == nil && hmac.Equal(given, mac.Sum(nil))
}

// isNexus verifies a signature of Nexus, which signs its JSON without white space.
func isNexus(secret, value string, body []byte) bool {
	var compact bytes.Buffer
	if json.Compact(&compact, body) != nil {
		return false
	}
	return isMAC(sha1.New, secret, value, compact.Bytes())
}

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
