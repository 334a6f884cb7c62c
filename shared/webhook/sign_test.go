package webhook_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/webhook"
)

func TestSignVectors(t *testing.T) {
	for _, tt := range []struct {
		name, secret string
		id           shipbell.DeliveryID
		at           int64
		body, want   string
	}{
		{
			name:   "published by Standard Webhooks",
			secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: 1614265330,
			body: `{"test": 2432232314}`, want: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		},
		{
			name:   "our own",
			secret: sampleSecret, id: sampleID, at: 1589106605,
			body: `{"type":"pushImage"}`, want: "v1,x3TVSFTFSM1kF6ejO1S+I2+2dQlIAS7lQoYPJIRVWJQ=",
		},
	} {
		key, err := webhook.SigningKey(shipbell.NewSecret(tt.secret))
		if err != nil {
			t.Fatal(err)
		}
		if got := webhook.Sign(key, tt.id, time.Unix(tt.at, 0), []byte(tt.body)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSigningKey(t *testing.T) {
	encode := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for _, tt := range []struct {
		name   string
		secret shipbell.Secret
		bytes  int
		says   string
	}{
		{name: "24 bytes", secret: shipbell.NewSecret("whsec_" + encode(24)), bytes: 24},
		{name: "64 bytes", secret: shipbell.NewSecret("whsec_" + encode(64)), bytes: 64},
		{name: "23 bytes", secret: shipbell.NewSecret("whsec_" + encode(23))},
		{name: "65 bytes", secret: shipbell.NewSecret("whsec_" + encode(65))},
		{name: "no prefix", secret: shipbell.NewSecret(encode(32))},
		{name: "no base64", secret: shipbell.NewSecret("whsec_s3cr3t s3cr3t s3cr3t s3cr3t")},
		{name: "empty", secret: shipbell.Secret{}},
		{name: "sealed", secret: shipbell.UnopenedSecret("s3cr3t"), says: shipbell.ErrSealed.Error()},
	} {
		key, err := webhook.SigningKey(tt.secret)
		if len(key) != tt.bytes || (err == nil) != (tt.bytes > 0) {
			t.Errorf("%s: %d bytes, %v", tt.name, len(key), err)
		}
		if tt.says != "" && err.Error() != "signing secret: "+tt.says {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.says)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "signing secret: ") || strings.Contains(err.Error(), "s3cr3t")) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// An independent implementation accepts what is sent, and nothing altered.
func TestSignatureIsVerifiedByTheReceiver(t *testing.T) {
	url, got := recorder(t)
	target := shipbell.Target{URL: url, Secret: shipbell.NewSecret(sampleSecret)}
	newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), target, 1)

	verifier, err := standardwebhooks.NewWebhook(sampleSecret)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.VerifyIgnoringTimestamp([]byte(got.Body), got.Header); err != nil {
		t.Errorf("as sent: %v", err)
	}
	altered := map[string]func(h http.Header, body *string){
		"body":      func(_ http.Header, body *string) { *body += " " },
		"id":        func(h http.Header, _ *string) { h.Set("webhook-id", "01HGW2N7EHJVJ4CJ999RRS2E98") },
		"timestamp": func(h http.Header, _ *string) { h.Set("webhook-timestamp", "1589106607") },
	}
	for name, alter := range altered {
		header, body := got.Header.Clone(), got.Body
		alter(header, &body)
		if err := verifier.VerifyIgnoringTimestamp([]byte(body), header); err == nil {
			t.Errorf("accepted with another %s", name)
		}
	}
}
