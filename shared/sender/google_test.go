package sender_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/sender"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// google is a client that finds keys at Google, and signs with them. It may not answer.
type google struct {
	mu    sync.Mutex
	keys  map[string]*rsa.PrivateKey
	err   error
	hangs bool
	asked []string
}

func (g *google) Do(r *http.Request) (safehttp.Response, error) {
	g.mu.Lock()
	g.asked = append(g.asked, r.URL.String())
	g.mu.Unlock()
	if g.hangs {
		<-r.Context().Done()
		return safehttp.Response{}, r.Context().Err()
	}
	type jwk struct {
		Kid string `json:"kid"`
		Kty string `json:"kty"`
		N   string `json:"n"`
		E   string `json:"e"`
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{{Kid: "ec", Kty: "EC"}}}
	for name, key := range g.keys {
		set.Keys = append(set.Keys, jwk{
			Kid: name, Kty: "RSA", N: base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			E: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
		})
	}
	body, _ := json.Marshal(set)
	return safehttp.Response{StatusCode: http.StatusOK, Body: body}, g.err
}

func newGoogle(t *testing.T, names ...string) *google {
	t.Helper()
	g := &google{keys: map[string]*rsa.PrivateKey{}}
	for _, name := range names {
		g.keys[name] = newKey(t)
	}
	return g
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

const (
	audience = "shipbell"
	account  = "push@acme.iam.gserviceaccount.com"
)

func wanted() shipbell.GoogleToken { return shipbell.GoogleToken{Audience: audience, Email: account} }

// token is one that a key signs, with a header and claims.
func token(t *testing.T, key *rsa.PrivateKey, header, claims map[string]any) string {
	t.Helper()
	part := func(value any) string {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	signed := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func right(now time.Time) (header, claims map[string]any) {
	return map[string]any{"alg": "RS256", "kid": "k1", "typ": "JWT"}, map[string]any{
		"iss": "https://accounts.google.com", "aud": audience, "email": account, "email_verified": true,
		"iat": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(), "sub": "1",
	}
}

// TestGoogleVerify takes what Google made for the service account and the audience, and
// nothing else. The keys are fetched once, from Google alone.
func TestGoogleVerify(t *testing.T) {
	t.Parallel()
	now := time.Now()
	g := newGoogle(t, "k1")
	v := sender.NewGoogle(g, func() time.Time { return now })
	stranger := newKey(t)
	type change = func(header, claims map[string]any)
	set := func(name string, value any) change { return func(_, claims map[string]any) { claims[name] = value } }
	for name, c := range map[string]struct {
		change change
		by     *rsa.PrivateKey
		wrong  string
	}{
		"right":                         {nil, nil, ""},
		"the other name of the issuer":  {set("iss", "accounts.google.com"), nil, ""},
		"ended a moment ago":            {set("exp", now.Add(-10*time.Second).Unix()), nil, ""},
		"ended":                         {set("exp", now.Add(-16*time.Second).Unix()), nil, "exp"},
		"without an end":                {func(_, c map[string]any) { delete(c, "exp") }, nil, "exp"},
		"another audience":              {set("aud", "https://other.example.com/"), nil, "aud"},
		"several audiences":             {set("aud", []string{audience}), nil, "form"},
		"another account":               {set("email", "push@evil.iam.gserviceaccount.com"), nil, "email"},
		"an account that is not proven": {set("email_verified", false), nil, "email"},
		"another issuer":                {set("iss", "https://accounts.example.com"), nil, "iss"},
		"signed by somebody else":       {nil, stranger, "signature"},
		"a key of somebody else":        {func(h, _ map[string]any) { h["kid"] = "k9" }, stranger, "kid"},
		"no algorithm":                  {func(h, _ map[string]any) { h["alg"] = "none" }, nil, "alg"},
		"a shared secret":               {func(h, _ map[string]any) { h["alg"] = "HS256" }, nil, "alg"},
	} {
		header, claims := right(now)
		if c.change != nil {
			c.change(header, claims)
		}
		key := g.keys["k1"]
		if c.by != nil {
			key = c.by
		}
		err := v.Verify(t.Context(), token(t, key, header, claims), wanted())
		var wrong sender.WrongToken
		if errors.As(err, &wrong); string(wrong) != c.wrong || (err == nil) != (c.wrong == "") {
			t.Errorf("%s: %v, want %q", name, err, c.wrong)
		}
		if c.wrong != "" && !errors.Is(err, sender.ErrWrong) {
			t.Errorf("%s: %v is not ErrWrong", name, err)
		}
	}
	header, claims := right(now)
	whole := token(t, g.keys["k1"], header, claims)
	parts := strings.Split(whole, ".")
	for name, one := range map[string]string{
		"nothing": "", "no parts": "abc", "two parts": parts[0] + "." + parts[1], "no signature": parts[0] + "." + parts[1] + ".",
		"four parts": whole + ".x", "not base64": "%." + parts[1] + "." + parts[2], "not JSON": "aaaa." + parts[1] + "." + parts[2],
		"too long": whole + strings.Repeat("a", 9000), "another's claims": parts[0] + "." + parts[1][:len(parts[1])-4] + "AAAA." + parts[2],
	} {
		if err := v.Verify(t.Context(), one, wanted()); !errors.Is(err, sender.ErrWrong) {
			t.Errorf("%s: %v, want it to be wrong", name, err)
		}
	}
	if len(g.asked) != 1 || g.asked[0] != "https://www.googleapis.com/oauth2/v3/certs" {
		t.Errorf("asked %q, want Google once", g.asked)
	}
}

// TestGoogleKeys fetches keys again after an hour and for a new name, at most once a
// minute, and goes on with the old ones for a day when Google does not answer.
func TestGoogleKeys(t *testing.T) {
	t.Parallel()
	now := time.Now()
	g := newGoogle(t, "k1")
	v := sender.NewGoogle(g, func() time.Time { return now })
	verify := func(kid string, key *rsa.PrivateKey) error {
		t.Helper()
		header, claims := right(now)
		header["kid"] = kid
		return v.Verify(t.Context(), token(t, key, header, claims), wanted())
	}
	want := func(what string, err error, ok bool, asked int) {
		t.Helper()
		if (err == nil) != ok || len(g.asked) != asked {
			t.Errorf("%s: %v, asked %d times, want %d", what, err, len(g.asked), asked)
		}
	}
	old := g.keys["k1"]
	g.err = errDown
	err := verify("k1", old)
	want("at first without an answer", err, false, 1)
	if errors.Is(err, sender.ErrWrong) {
		t.Errorf("a token that cannot be verified is %v", err)
	}
	want("within the minute", verify("k1", old), false, 1)
	g.err, now = nil, now.Add(time.Minute)
	want("a minute later", verify("k1", old), true, 2)
	g.keys["k2"], now = newKey(t), now.Add(2*time.Minute)
	want("with a new key", verify("k2", g.keys["k2"]), true, 3)
	for range 5 {
		err = verify("k3", old)
	}
	want("with a name that there is not", err, false, 3)
	if !errors.Is(err, sender.ErrWrong) {
		t.Errorf("a key that Google has not is %v", err)
	}
	g.err, now = errDown, now.Add(2*time.Hour)
	want("when they are old and Google is down", verify("k1", old), true, 4)
	now = now.Add(23 * time.Hour)
	err = verify("k1", old)
	want("a day later", err, false, 5)
	if errors.Is(err, sender.ErrWrong) {
		t.Errorf("with keys of yesterday it is %v", err)
	}
}

// TestGoogleHangs waits a second for Google, and no other request waits after it.
func TestGoogleHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGoogle(t, "k1")
		g.hangs = true
		v := sender.NewGoogle(g, time.Now)
		header, claims := right(time.Now())
		one := token(t, g.keys["k1"], header, claims)
		began := time.Now()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if err := v.Verify(t.Context(), one, wanted()); err == nil || errors.Is(err, sender.ErrWrong) {
					t.Errorf("without an answer: %v", err)
				}
			})
		}
		all.Wait()
		if waited := time.Since(began); waited != time.Second || len(g.asked) != 1 {
			t.Errorf("20 requests waited %v and asked %d times", waited, len(g.asked))
		}
	})
}

// TestBearerToken tells a token from an access key.
func TestBearerToken(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Bearer a.b.c": "a.b.c", "bearer  a.b.c ": "a.b.c", "Bearer id:secret": "", "Basic aWQ6c2VjcmV0": "", "Bearer": "", "Bearer ": "", "": "", "a.b.c": "",
	} {
		got, found := sender.BearerToken(http.Header{"Authorization": {header}})
		if found != (want != "") || found && got != want {
			t.Errorf("%q: %q, %t", header, got, found)
		}
	}
}
