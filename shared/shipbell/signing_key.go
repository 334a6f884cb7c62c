package shipbell

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
)

// The secrets of Standard Webhooks: what they begin with, and how many bytes may follow.
const (
	hmacSecretPrefix    = "whsec_"
	ed25519SecretPrefix = "whsk_"

	minHMACKeyBytes, maxHMACKeyBytes = 24, 64
)

// SigningKey is the key in a secret of Standard Webhooks. One of its fields is set.
type SigningKey struct {
	// HMAC is the key of signatures v1.
	HMAC []byte
	// Ed25519 is the key of signatures v1a.
	Ed25519 ed25519.PrivateKey
}

// ReadSigningKey reads a secret: "whsec_" and the base64 of 24 to 64 bytes, or "whsk_" and
// the base64 of an ed25519 seed of 32 bytes, which its public key may follow. ok is false for
// anything else, and for a public key that is not the seed's.
func ReadSigningKey(secret string) (key SigningKey, ok bool) {
	if encoded, found := strings.CutPrefix(secret, hmacSecretPrefix); found {
		key.HMAC, ok = decodeBase64(encoded)
		return key, ok && len(key.HMAC) >= minHMACKeyBytes && len(key.HMAC) <= maxHMACKeyBytes
	}
	encoded, found := strings.CutPrefix(secret, ed25519SecretPrefix)
	seed, ok := decodeBase64(encoded)
	if !found || !ok || len(seed) != ed25519.SeedSize && len(seed) != ed25519.PrivateKeySize {
		return SigningKey{}, false
	}
	key.Ed25519 = ed25519.NewKeyFromSeed(seed[:ed25519.SeedSize])
	return key, bytes.HasPrefix(key.Ed25519, seed)
}

// decodeBase64 reads base64 without the line ends that Go's decoder would pass over.
func decodeBase64(encoded string) (decoded []byte, ok bool) {
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	return decoded, err == nil && !strings.ContainsAny(encoded, "\r\n")
}
