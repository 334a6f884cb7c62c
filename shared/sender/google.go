package sender

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// googleKeys is where Google publishes the keys that its tokens are signed with.
const googleKeys = "https://www.googleapis.com/oauth2/v3/certs"

// How long Google's keys are used before they are fetched again, how long when they cannot
// be, and how often that is tried. A new key is published before it is used.
const (
	keepGoogleKeys  = time.Hour
	staleGoogleKeys = 24 * time.Hour
	tryGoogleKeys   = time.Minute

	maxToken     = 8 << 10
	leastRSABits = 2048
)

// WrongToken says what is wrong with a token: the name of a claim, "signature", "alg",
// "kid" or "form". It is ErrWrong.
type WrongToken string

// Error says which part of the token is wrong.
func (w WrongToken) Error() string { return "wrong token: " + string(w) }

// Unwrap gives ErrWrong.
func (w WrongToken) Unwrap() error { return ErrWrong }

// Google verifies the tokens with which Google's Pub/Sub proves who pushes. It may be used
// from many goroutines. There is one algorithm and one place of keys, so that the standard
// library is all that it takes.
type Google struct {
	client Client
	now    func() time.Time

	// turn is taken by whoever looks at the keys, also while they are fetched: others wait
	// for the same ones, at most for the time of one fetch.
	turn    chan struct{}
	keys    map[string]*rsa.PublicKey
	fetched time.Time
	tried   time.Time
	err     error // of the last fetch
}

// NewGoogle makes a Google that reaches Google by a client.
func NewGoogle(client Client, now func() time.Time) *Google {
	return &Google{client: client, now: now, turn: make(chan struct{}, 1)}
}

// BearerToken is the token of a request: what its Authorization header bears, unless that is
// an access key, which has a colon.
func BearerToken(h http.Header) (token string, found bool) {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != "" && !strings.Contains(token, ":")
}

// claims are what a token says.
type claims struct {
	Issuer        string `json:"iss"`
	Audience      string `json:"aud"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Expires       int64  `json:"exp"`
}

// Verify checks that Google made a token for a service account and an audience, and that it
// is still valid, give or take shipbell.MaxSkew. The error is a WrongToken for one that is
// not right; any other means that Google's keys cannot be had now, so that its signature is
// not known to be right.
func (g *Google) Verify(ctx context.Context, token string, want shipbell.GoogleToken) error {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 {
		return WrongToken("form")
	}
	var header struct {
		Algorithm string `json:"alg"`
		Key       string `json:"kid"`
	}
	var says claims
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decodePart(parts[0], &header) || !decodePart(parts[1], &says) {
		return WrongToken("form")
	}
	switch {
	case header.Algorithm != "RS256":
		return WrongToken("alg")
	case says.Issuer != "https://accounts.google.com" && says.Issuer != "accounts.google.com":
		return WrongToken("iss")
	case says.Audience != want.Audience:
		return WrongToken("aud")
	case says.Email != want.Email || !says.EmailVerified:
		return WrongToken("email")
	case !g.now().Add(-shipbell.MaxSkew).Before(time.Unix(says.Expires, 0)):
		return WrongToken("exp")
	}
	key, err := g.key(ctx, header.Key)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
		return WrongToken("signature")
	}
	return nil
}

// decodePart reads a part of a token, which is JSON in base64.
func decodePart(part string, value any) bool {
	data, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(data, value) == nil
}

// key gives the key of a name. Keys are fetched when they are old or do not have the name,
// at most once a minute.
func (g *Google) key(ctx context.Context, name string) (*rsa.PublicKey, error) {
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the keys of Google: %w", context.Cause(ctx))
	}
	now := g.now()
	age := now.Sub(g.fetched)
	key, known := g.keys[name]
	if known && age >= 0 && age < keepGoogleKeys {
		return key, nil
	}
	if g.tried.IsZero() || now.Sub(g.tried).Abs() >= tryGoogleKeys {
		g.tried = now
		g.refresh(ctx)
		key, known = g.keys[name]
	}
	switch {
	case known && now.Sub(g.fetched).Abs() < staleGoogleKeys:
		return key, nil
	case g.err != nil:
		return nil, fmt.Errorf("fetch the keys of Google: %w", g.err)
	}
	return nil, WrongToken("kid")
}

// refresh fetches the keys. It goes on when the request that asks is given up: the keys are
// for others too.
func (g *Google) refresh(ctx context.Context) {
	data, err := fetch(context.WithoutCancel(ctx), g.client, googleKeys, certificateTimeout)
	var keys map[string]*rsa.PublicKey
	if err == nil {
		keys, err = readKeys(data)
	}
	if g.err = err; err == nil {
		g.keys, g.fetched = keys, g.now()
	}
}

// readKeys reads the RSA keys of a set of keys (RFC 7517).
func readKeys(data []byte) (map[string]*rsa.PublicKey, error) {
	var set struct {
		Keys []struct {
			Kind     string `json:"kty"`
			Name     string `json:"kid"`
			Modulus  string `json:"n"`
			Exponent string `json:"e"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, err
	}
	keys := map[string]*rsa.PublicKey{}
	for _, one := range set.Keys {
		n, err := base64.RawURLEncoding.DecodeString(one.Modulus)
		e, expErr := base64.RawURLEncoding.DecodeString(one.Exponent)
		if one.Kind != "RSA" || err != nil || expErr != nil || len(e) == 0 || len(e) > 4 || len(keys) == maxKeys {
			continue
		}
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		if key.N.BitLen() >= leastRSABits {
			keys[one.Name] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no RSA key in the answer")
	}
	return keys, nil
}
