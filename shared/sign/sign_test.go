package sign_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/sign"
)

const (
	sampleID     = shipbell.DeliveryID("01HGW2N7EHJVJ4CJ999RRS2E97")
	sampleTime   = 1589106605
	sampleBody   = `{"type":"pushImage"}`
	sampleKey    = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" // the bytes 0 to 31
	sampleSecret = "whsec_" + sampleKey
	sampleSeed   = "whsk_" + sampleKey
	chatSecret   = "SECdemo"
)

func sampleAt() time.Time { return time.Unix(sampleTime, 0) }

// sampleMessage is a message as it is before it is signed.
func sampleMessage() *sign.Message {
	return &sign.Message{
		ID: sampleID, At: sampleAt(), Query: "access_token=a%2Fb", Body: []byte(sampleBody),
		Header: http.Header{"Webhook-Id": {string(sampleID)}, "Webhook-Timestamp": {strconv.Itoa(sampleTime)}},
	}
}

// received is what a receiver gets of a message.
func received(t *testing.T, m *sign.Message) sign.Received {
	t.Helper()
	query, err := url.ParseQuery(m.Query)
	if err != nil {
		t.Fatal(err)
	}
	return sign.Received{Header: m.Header, Query: query, Body: m.Body}
}

// vector is a scheme with what it makes of the sample.
type vector struct {
	name   string
	auth   shipbell.Auth
	secret string
	// header, query and body are what changes.
	header      http.Header
	query, body string
	// shown is the header as people may see it.
	shown http.Header
	// proofs are what must not be seen.
	proofs []string
	proof  sign.Proof
}

func vectors() []vector {
	masked := http.Header{"Webhook-Signature": {shipbell.Mask}}
	const (
		v1     = "x3TVSFTFSM1kF6ejO1S+I2+2dQlIAS7lQoYPJIRVWJQ="
		v1a    = "16KqcaLzKrh8NOhg4QKdLNtycCCQjyQzAk4w0PfMjvE1uDxDRp9nobRakcbeCJ11p4XZ6N4ljPwVcf3gMGRcDw=="
		sha1   = "300b555bbc6ca101c4cf57838d48b6b98c5e26e6"
		sha256 = "617b6ac462987f7a93f169910734a67ed85becd63fc8e96c7052c46f963a17b5"
		feishu = "Yt2JbTjHx7oGVxrSDi/BsYWYa6nrJtgJ3feFEscvYxo="
		// sha512 was made by openssl dgst -sha512 -hmac SECdemo.
		sha512 = "67e8c65f179bb0e6bdd2793824027afde287467662bd9043230f4bff092bfc24f909d3b47a2fbef5be25d9329e4875712b781768f71d90514111543df560728a"
	)
	at := sampleAt()
	return []vector{
		{name: "v1", secret: sampleSecret, header: http.Header{"Webhook-Signature": {"v1," + v1}}, shown: masked, proofs: []string{"v1," + v1}, proof: sign.Proof{Version: "v1", At: at}},
		{name: "v1a", auth: shipbell.Auth{Scheme: "standard-webhooks"}, secret: sampleSeed, header: http.Header{"Webhook-Signature": {"v1a," + v1a}}, shown: masked, proofs: []string{"v1a," + v1a}, proof: sign.Proof{Version: "v1a", At: at}},
		{name: "GitHub's", auth: shipbell.Auth{Scheme: "hmac", Header: "X-Hub-Signature-256", Prefix: "sha256="}, secret: chatSecret, header: http.Header{"X-Hub-Signature-256": {"sha256=" + sha256}}, shown: http.Header{"X-Hub-Signature-256": {"sha256=••••"}}, proofs: []string{sha256}, proof: sign.Proof{Version: "sha256"}},
		{name: "Nexus's", auth: shipbell.Auth{Scheme: "hmac", Header: "x-nexus-webhook-signature", Algorithm: "sha1"}, secret: chatSecret, header: http.Header{"X-Nexus-Webhook-Signature": {sha1}}, shown: http.Header{"X-Nexus-Webhook-Signature": {"••••"}}, proofs: []string{sha1}, proof: sign.Proof{Version: "sha1"}},
		{name: "sha512", auth: shipbell.Auth{Scheme: "hmac", Header: "X-Signature", Prefix: "sha512=", Algorithm: "sha512"}, secret: chatSecret, header: http.Header{"X-Signature": {"sha512=" + sha512}}, shown: http.Header{"X-Signature": {"sha512=••••"}}, proofs: []string{sha512}, proof: sign.Proof{Version: "sha512"}},
		{name: "a token", auth: shipbell.Auth{Scheme: "token", Header: "Authorization", Prefix: "Bearer "}, secret: chatSecret, header: http.Header{"Authorization": {"Bearer SECdemo"}}, shown: http.Header{"Authorization": {"Bearer ••••"}}, proofs: []string{chatSecret}},
		{name: "DingTalk's", auth: shipbell.Auth{Scheme: "dingtalk"}, secret: chatSecret, query: "&timestamp=1589106605000&sign=gnBhDNtFvfZrNlDQzsdGAw1ZBQ%2FhwFUJmzVRNAo2Py8%3D", shown: http.Header{}, proofs: []string{"gnBhDNtFvfZrNlDQzsdGAw1ZBQ/hwFUJmzVRNAo2Py8="}, proof: sign.Proof{At: at}},
		{name: "Feishu's", auth: shipbell.Auth{Scheme: "feishu"}, secret: chatSecret, body: `{"type":"pushImage","timestamp":"1589106605","sign":"` + feishu + `"}`, shown: http.Header{}, proofs: []string{feishu}, proof: sign.Proof{At: at}},
	}
}

// TestVectors signs the sample in every scheme, as others compute it.
func TestVectors(t *testing.T) {
	for _, v := range vectors() {
		m, want := sampleMessage(), sampleMessage()
		target := shipbell.Target{Secret: shipbell.NewSecret(v.secret), Options: shipbell.Options{Auth: v.auth}}
		proofs, err := sign.Add(m, &target)
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
		for name, values := range v.header {
			want.Header[name] = values
		}
		if want.Query += v.query; v.body != "" {
			want.Body = []byte(v.body)
		}
		if diff := cmp.Diff(want, m); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v.name, diff)
		}
		if diff := cmp.Diff(v.proofs, proofs); diff != "" {
			t.Errorf("%s: proofs (-want +got):\n%s", v.name, diff)
		}
		shown := http.Header{}
		if sign.Show(shown, &target); !cmp.Equal(v.shown, shown) {
			t.Errorf("%s: shown %v", v.name, shown)
		}
		proof, err := sign.Check(received(t, m), v.auth, v.secret, sampleAt())
		if diff := cmp.Diff(v.proof, proof); err != nil || diff != "" {
			t.Errorf("%s: checked: %v (-want +got):\n%s", v.name, err, diff)
		}
	}
}

// TestPublishedVector is the one of Standard Webhooks itself.
func TestPublishedVector(t *testing.T) {
	key, ok := shipbell.ReadSigningKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	got := sign.Standard(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; !ok || got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestIndependentVerifiers has others verify what is signed: the library of Standard Webhooks
// v1, and crypto/ed25519 v1a.
func TestIndependentVerifiers(t *testing.T) {
	m := sampleMessage()
	add(t, m, &shipbell.Target{Secret: shipbell.NewSecret(sampleSecret)})
	verifier, err := standardwebhooks.NewWebhook(sampleSecret)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.VerifyIgnoringTimestamp(m.Body, m.Header); err != nil {
		t.Errorf("v1: %v", err)
	}
	seed, err := base64.StdEncoding.DecodeString(sampleKey)
	if err != nil {
		t.Fatal(err)
	}
	private := ed25519.NewKeyFromSeed(seed)
	for _, secret := range []string{sampleSeed, "whsk_" + base64.StdEncoding.EncodeToString(private)} {
		m := sampleMessage()
		add(t, m, &shipbell.Target{Secret: shipbell.NewSecret(secret)})
		signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Header.Get("webhook-signature"), "v1a,"))
		if err != nil || !ed25519.Verify(private.Public().(ed25519.PublicKey), []byte("01HGW2N7EHJVJ4CJ999RRS2E97.1589106605."+sampleBody), signature) {
			t.Errorf("v1a: %v does not verify: %v", m.Header, err)
		}
		public := "whpk_" + base64.StdEncoding.EncodeToString(private[32:])
		if _, err := sign.Check(received(t, m), shipbell.Auth{}, public, sampleAt()); err != nil {
			t.Errorf("v1a, checked with the public key: %v", err)
		}
	}
}

func add(t *testing.T, m *sign.Message, target *shipbell.Target) {
	t.Helper()
	if _, err := sign.Add(m, target); err != nil {
		t.Fatal(err)
	}
}

// TestFormerSecret signs with the former secret too, behind the present one, until its time is over.
func TestFormerSecret(t *testing.T) {
	const former = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	until := sampleAt().Add(time.Second)
	for _, test := range []struct {
		name    string
		secret  string
		former  shipbell.Secret
		until   time.Time
		signers []string
	}{
		{"two secrets", sampleSecret, shipbell.NewSecret(former), until, []string{sampleSecret, former}},
		{"of two kinds", sampleSeed, shipbell.NewSecret(former), until, []string{sampleSeed, former}},
		{"its time is over", sampleSecret, shipbell.NewSecret(former), sampleAt(), []string{sampleSecret}},
		{"one that does not open", sampleSecret, shipbell.UnopenedSecret("x"), until, []string{sampleSecret}},
		{"one that is none", sampleSecret, shipbell.NewSecret("x"), until, []string{sampleSecret}},
		{"none", sampleSecret, shipbell.Secret{}, until, []string{sampleSecret}},
	} {
		m := sampleMessage()
		target := shipbell.Target{Secret: shipbell.NewSecret(test.secret), FormerSecret: test.former, FormerSecretUntil: test.until}
		proofs, err := sign.Add(m, &target)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, secret := range test.signers {
			key, _ := shipbell.ReadSigningKey(secret)
			want = append(want, sign.Standard(key, sampleID, sampleAt(), []byte(sampleBody)))
			if _, err := sign.Check(received(t, m), shipbell.Auth{}, secret, sampleAt()); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		if diff := cmp.Diff(strings.Join(want, " "), m.Header.Get("webhook-signature")); diff != "" || !cmp.Equal(want, proofs) {
			t.Errorf("%s: proofs %q (-want +got):\n%s", test.name, proofs, diff)
		}
	}
}

// TestAddRefuses says why a message can never be signed, without the secret.
func TestAddRefuses(t *testing.T) {
	header := shipbell.Auth{Scheme: "token", Header: "X-Token"}
	for _, test := range []struct {
		auth   shipbell.Auth
		secret shipbell.Secret
		body   string
		says   string
	}{
		{shipbell.Auth{}, shipbell.NewSecret("s3cr3t"), "{}", "signing secret: want"},
		{shipbell.Auth{}, shipbell.UnopenedSecret("s3cr3t"), "{}", "signing secret: " + shipbell.ErrSealed.Error()},
		{shipbell.Auth{Scheme: "other"}, shipbell.NewSecret("s3cr3t"), "{}", `there is no auth scheme or algorithm "other"`},
		{shipbell.Auth{Scheme: "hmac", Algorithm: "md5"}, shipbell.NewSecret("s3cr3t"), "{}", `there is no auth scheme or algorithm "md5"`},
		{header, shipbell.NewSecret("s3cr3t\n"), "{}", `header "X-Token": it cannot be sent`},
		{shipbell.Auth{Scheme: "feishu"}, shipbell.NewSecret("s3cr3t"), "[]", "the auth scheme feishu adds fields to the body"},
		{shipbell.Auth{Scheme: "feishu"}, shipbell.NewSecret("s3cr3t"), "text", "the auth scheme feishu adds fields to the body"},
	} {
		m := sampleMessage()
		m.Body = []byte(test.body)
		_, err := sign.Add(m, &shipbell.Target{Secret: test.secret, Options: shipbell.Options{Auth: test.auth}})
		if err == nil || !strings.HasPrefix(err.Error(), test.says) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%+v: %v", test.auth, err)
		}
	}
}

// TestUnsigned leaves a message as it is if there is no secret.
func TestUnsigned(t *testing.T) {
	for _, scheme := range shipbell.AuthSchemes() {
		m := sampleMessage()
		target := shipbell.Target{Options: shipbell.Options{Auth: shipbell.Auth{Scheme: scheme, Header: "X-Token"}}}
		add(t, m, &target)
		shown := http.Header{}
		if sign.Show(shown, &target); len(shown) > 0 || !cmp.Equal(sampleMessage(), m) {
			t.Errorf("%s: %v, shown %v", scheme, m, shown)
		}
	}
}

// TestCheckRefuses tells what is wrong with a request in every scheme.
func TestCheckRefuses(t *testing.T) {
	at := sampleAt()
	unsign := func(m *sign.Message) { *m = *sampleMessage() }
	for _, v := range vectors() {
		window := sign.StandardWindow
		if v.query != "" || v.body != "" {
			window = sign.ChatWindow
		}
		timed := !v.proof.At.IsZero()
		for _, test := range []struct {
			name   string
			change func(*sign.Message)
			secret string
			now    time.Time
			want   error
		}{
			{"as sent", nil, v.secret, at, nil},
			{"at the end of the window", nil, v.secret, at.Add(window), nil},
			{"after the window", nil, v.secret, at.Add(window + time.Second), when(timed, sign.ErrTime)},
			{"before the window", nil, v.secret, at.Add(-window - time.Second), when(timed, sign.ErrTime)},
			{"unsigned", unsign, v.secret, at, sign.ErrUnsigned},
			{"another secret", nil, other(v.secret), at, sign.ErrWrong},
			{"another body", func(m *sign.Message) { m.Body = append(m.Body[:len(m.Body):len(m.Body)], ' ') }, v.secret, at,
				when(v.auth.Scheme == "" || v.auth.Scheme == "standard-webhooks" || v.auth.Scheme == "hmac", sign.ErrWrong)},
		} {
			m := sampleMessage()
			add(t, m, &shipbell.Target{Secret: shipbell.NewSecret(v.secret), Options: shipbell.Options{Auth: v.auth}})
			if test.change != nil {
				test.change(m)
			}
			_, err := sign.Check(received(t, m), v.auth, test.secret, test.now)
			if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
				t.Errorf("%s, %s: %v, want %v", v.name, test.name, err, test.want)
			}
		}
	}
}

// when is an error that is expected in some cases only.
func when(expected bool, err error) error {
	if expected {
		return err
	}
	return nil
}

// other is another secret of the same kind.
func other(secret string) string {
	if kind, _, found := strings.Cut(secret, "_"); found {
		return kind + "_" + strings.Replace(sampleKey, "AAEC", "AAED", 1)
	}
	return secret + "x"
}

// TestCheckMalformed tells what has not the form of the scheme.
func TestCheckMalformed(t *testing.T) {
	hub := shipbell.Auth{Scheme: "hmac", Header: "X-Sign", Prefix: "sha256="}
	standard := func(name string, values ...string) http.Header {
		h := http.Header{"Webhook-Id": {"1"}, "Webhook-Timestamp": {"1589106605"}, "Webhook-Signature": {"v1,AAAA"}}
		h[name] = values
		return h
	}
	for _, test := range []struct {
		auth   shipbell.Auth
		secret string
		sign.Received
		want error
		says string
	}{
		{shipbell.Auth{}, sampleSecret, sign.Received{Header: standard("Webhook-Id")}, sign.ErrUnsigned, "there is no header webhook-id"},
		{shipbell.Auth{}, sampleSecret, sign.Received{Header: standard("Webhook-Timestamp")}, sign.ErrUnsigned, "there is no header webhook-timestamp"},
		{shipbell.Auth{}, sampleSecret, sign.Received{Header: standard("Webhook-Timestamp", "soon")}, sign.ErrMalformed, `webhook-timestamp is "soon"`},
		{shipbell.Auth{}, sampleSecret, sign.Received{Header: standard("Webhook-Id", "1", "2")}, sign.ErrMalformed, "more than once"},
		{shipbell.Auth{}, sampleSeed, sign.Received{Header: standard("X", "y")}, sign.ErrUnsigned, "none of version v1a"},
		{shipbell.Auth{}, chatSecret, sign.Received{Header: standard("X", "y")}, sign.ErrSettings, "whsec_, whsk_ or whpk_"},
		{shipbell.Auth{}, "whpk_AAAA", sign.Received{Header: standard("X", "y")}, sign.ErrSettings, "whsec_, whsk_ or whpk_"},
		{shipbell.Auth{Scheme: "other"}, "", sign.Received{}, sign.ErrSettings, `"other"`},
		{shipbell.Auth{Scheme: "hmac", Algorithm: "md5"}, "", sign.Received{}, sign.ErrSettings, `"md5"`},
		{hub, chatSecret, sign.Received{Header: http.Header{"X-Sign": {"sha1=00"}}}, sign.ErrMalformed, `does not begin with "sha256="`},
		{hub, chatSecret, sign.Received{Header: http.Header{"X-Sign": {"sha256=00"}}}, sign.ErrMalformed, "not 64 hexadecimal digits"},
		{shipbell.Auth{Scheme: "dingtalk"}, chatSecret, sign.Received{Query: url.Values{"sign": {"x"}, "timestamp": {"x"}}}, sign.ErrMalformed, "no Unix time"},
		{shipbell.Auth{Scheme: "feishu"}, chatSecret, sign.Received{Body: []byte("[]")}, sign.ErrMalformed, "not a JSON object"},
		{shipbell.Auth{Scheme: "feishu"}, chatSecret, sign.Received{Body: []byte(`{"sign":"x","timestamp":"x"}`)}, sign.ErrMalformed, "no Unix time"},
	} {
		_, err := sign.Check(test.Received, test.auth, test.secret, sampleAt())
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), chatSecret) {
			t.Errorf("%+v: %v, want %s", test.auth, err, test.says)
		}
	}
}
