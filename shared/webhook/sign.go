package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// The lengths of a signing key in bytes that Standard Webhooks permits.
const (
	minKeyBytes = 24
	maxKeyBytes = 64
)

// SigningKey reads the key out of a target's signing secret, which is "whsec_"
// and the base64 of 24 to 64 bytes. The error is a
// text.Message that never quotes the secret.
func SigningKey(secret shipbell.Secret) ([]byte, error) {
	clear, err := secret.Reveal()
	if err != nil {
		return nil, text.New(text.SigningSecretFailed, err)
	}
	encoded, found := strings.CutPrefix(clear, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil || len(key) < minKeyBytes || len(key) > maxKeyBytes {
		return nil, text.New(text.SigningSecretFailed, text.SigningSecretInvalid)
	}
	return key, nil
}

// Sign makes the webhook-signature header of Standard Webhooks, version 1: the
// HMAC-SHA256 of id, Unix time and body with dots between them. The body is the
// exact bytes sent; at is the time in webhook-timestamp.
func Sign(key []byte, id shipbell.DeliveryID, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	mac.Write([]byte("."))
	mac.Write(strconv.AppendInt(nil, at.Unix(), 10))
	mac.Write([]byte("."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
