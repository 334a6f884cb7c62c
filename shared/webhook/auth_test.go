package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/sign"
	"github.com/shipbell/shipbell/shared/webhook"
)

// schemes are targets with a secret, one of each scheme.
func schemes() []shipbell.Target {
	with := func(secret string, auth shipbell.Auth) shipbell.Target {
		return shipbell.Target{Secret: shipbell.NewSecret(secret), Options: shipbell.Options{Auth: auth}}
	}
	rotated := with(sampleSecret, shipbell.Auth{})
	rotated.FormerSecret = shipbell.NewSecret("whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	rotated.FormerSecretUntil = time.Unix(sampleTime+1, 0)
	return []shipbell.Target{
		rotated,
		with("s3cr3t-hmac-01", shipbell.Auth{Scheme: shipbell.AuthHMAC, Header: "X-Hub-Signature-256", Prefix: "sha256="}),
		with("s3cr3t-token-02", shipbell.Auth{Scheme: shipbell.AuthToken, Header: "Authorization", Prefix: "Bearer "}),
		with("s3cr3t-chat-03", shipbell.Auth{Scheme: shipbell.AuthDingTalk}),
		with("s3cr3t-chat-04", shipbell.Auth{Scheme: shipbell.AuthFeishu}),
	}
}

// TestSchemesAreMasked has targets send back all that they were sent: neither a secret nor what
// proves who sent the request is shown, there or among the headers.
func TestSchemesAreMasked(t *testing.T) {
	requests := make(chan http.Header, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- r.Header
		fmt.Fprintln(w, r.RequestURI, r.Header["Webhook-Signature"], r.Header["X-Hub-Signature-256"], r.Header["Authorization"])
		io.Copy(w, r.Body)
	}))
	defer server.Close()
	for _, target := range schemes() {
		target.URL = server.URL + "/hook?a=1"
		d := sample(shipbell.FormatTCR)
		o := newSender(safehttp.Options{}).Send(t.Context(), d, target, 1)
		if o.StatusCode != http.StatusOK || !strings.Contains(o.Response, shipbell.Mask) {
			t.Fatalf("%s: %+v", target.Auth.Scheme, o)
		}
		sent := <-requests
		m := sign.Message{ID: d.ID, At: time.Unix(sampleTime, 0), Header: http.Header{}, Body: []byte(bodyOf(t, d))}
		proofs, err := sign.Add(&m, &target)
		if err != nil {
			t.Fatal(err)
		}
		for _, proof := range proofs {
			if strings.Contains(o.Response, strings.TrimPrefix(strings.TrimPrefix(proof, "v1,"), "v1a,")) {
				t.Errorf("%s: %s is shown in %s", target.Auth.Scheme, proof, o.Response)
			}
		}
		if strings.Contains(o.Response, "s3cr3t") || strings.Contains(o.Response, "sign=") && !strings.Contains(o.Response, "sign="+shipbell.Mask) {
			t.Errorf("%s: a secret is shown in %s", target.Auth.Scheme, o.Response)
		}
		sent.Del("Content-Length")
		sent.Del("Accept-Encoding")
		want := sent.Clone()
		for name, prefix := range map[string]string{"Webhook-Signature": "", "X-Hub-Signature-256": "sha256=", "Authorization": "Bearer "} {
			if want[name] != nil {
				want.Set(name, prefix+shipbell.Mask)
			}
		}
		attempt := shipbell.Attempt{Number: 1, StartedAt: time.Unix(sampleTime, 0)}
		shown := webhook.Headers(d, target, attempt, http.Header{"Content-Type": {"application/json"}})
		shown.Set("User-Agent", sent.Get("User-Agent"))
		if diff := cmp.Diff(want, shown); diff != "" {
			t.Errorf("%s: headers shown (-want +got):\n%s", target.Auth.Scheme, diff)
		}
	}
}

// bodyOf is the body that a delivery has without a signature in it.
func bodyOf(t *testing.T, d *shipbell.Delivery) string {
	t.Helper()
	address, got := recorder(t)
	newSender(safehttp.Options{}).Send(t.Context(), d, shipbell.Target{URL: address}, 1)
	return got.Body
}

// TestSchemesAreRight has each scheme checked as its receiver does, at the time of the attempt.
// The token stands before a header of the user's own.
func TestSchemesAreRight(t *testing.T) {
	for _, target := range schemes() {
		requests := make(chan sign.Received, 1)
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			requests <- sign.Received{Header: r.Header, Query: r.URL.Query(), Body: body}
		}))
		defer server.Close()
		target.URL = server.URL + "/hook?sign=old"
		target.Headers = []shipbell.Header{{Key: "authorization", Values: secrets("mine")}}
		secret, _ := target.Secret.Reveal()
		for _, at := range []time.Time{time.Unix(sampleTime, 0), time.Unix(sampleTime, 0).Add(7 * time.Hour)} {
			deps := webhook.Deps{Client: safehttp.New(safehttp.Options{Allow: loopback()}), Version: "1.2.3", Now: func() time.Time { return at }}
			webhook.New(deps).Send(t.Context(), sample(shipbell.FormatTCR), target, 1)
			got := <-requests
			if _, err := sign.Check(got, target.Auth, secret, at); err != nil {
				t.Errorf("%s at %v: %v", target.Auth.Scheme, at, err)
			}
			if got.Header.Get("webhook-id") != string(sampleID) || got.Header.Get("webhook-timestamp") == "" {
				t.Errorf("%s: without id and time: %v", target.Auth.Scheme, got.Header)
			}
			if n := len(got.Query["sign"]); n != 1 {
				t.Errorf("%s: %d parameters sign", target.Auth.Scheme, n)
			}
		}
	}
}
