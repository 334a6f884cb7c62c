package shipbell_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestReadSigningKey(t *testing.T) {
	t.Parallel()
	encode := base64.StdEncoding.EncodeToString
	zeros := func(n int) string { return encode(make([]byte, n)) }
	seed := []byte("an ed25519 seed has 32 bytes ...")
	private := ed25519.NewKeyFromSeed(seed)
	for _, test := range []struct {
		name, secret string
		hmac         int
		ed25519      ed25519.PrivateKey
		ok           bool
	}{
		{name: "24 bytes", secret: "whsec_" + zeros(24), hmac: 24, ok: true},
		{name: "64 bytes", secret: "whsec_" + zeros(64), hmac: 64, ok: true},
		{name: "23 bytes", secret: "whsec_" + zeros(23)},
		{name: "65 bytes", secret: "whsec_" + zeros(65)},
		{name: "a seed", secret: "whsk_" + encode(seed), ed25519: private, ok: true},
		{name: "seed and public key", secret: "whsk_" + encode(private), ed25519: private, ok: true},
		{name: "seed and another public key", secret: "whsk_" + encode(append(seed[:32:32], make([]byte, 32)...))},
		{name: "a seed of 31 bytes", secret: "whsk_" + encode(seed[:31])},
		{name: "33 bytes", secret: "whsk_" + encode(private[:33])},
		{name: "a public key", secret: "whpk_" + encode(seed)},
		{name: "no kind", secret: zeros(32)},
		{name: "no base64", secret: "whsec_s3cr3t s3cr3t s3cr3t s3cr3t"},
		{name: "a line end", secret: "whsec_" + zeros(24) + "\n"},
		{name: "a line end in a seed", secret: "whsk_\r" + encode(seed)},
		{name: "no key", secret: "whsec_"},
		{name: "no seed", secret: "whsk_"},
		{name: "nothing"},
	} {
		key, ok := shipbell.ReadSigningKey(test.secret)
		if ok != test.ok || ok && (len(key.HMAC) != test.hmac || !cmp.Equal(test.ed25519, key.Ed25519)) {
			t.Errorf("%s: %v, %+v", test.name, ok, key)
		}
	}
}

func FuzzReadSigningKey(f *testing.F) {
	for _, seed := range []string{"", "whsec_", "whsk_", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		key, ok := shipbell.ReadSigningKey(secret)
		if !ok {
			return
		}
		if (key.HMAC == nil) == (key.Ed25519 == nil) {
			t.Fatalf("%q: not one key: %+v", secret, key)
		}
		if n := len(key.HMAC); key.HMAC != nil && (n < 24 || n > 64) {
			t.Errorf("%q: %d bytes", secret, n)
		}
		if key.Ed25519 != nil && !ed25519.Verify(key.Ed25519.Public().(ed25519.PublicKey), nil, ed25519.Sign(key.Ed25519, nil)) {
			t.Errorf("%q: the key does not verify what it signs", secret)
		}
	})
}
