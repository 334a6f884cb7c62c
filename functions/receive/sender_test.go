package receive_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/sender"
	"github.com/shipbell/shipbell/shared/shipbell"
)

const topic = "arn:aws:sns:eu-west-1:111122223333:images"

// TestSecretOfRegistry holds senders that sign to the secret of the registry, beside the
// key. Others have the key alone.
func TestSecretOfRegistry(t *testing.T) {
	t.Parallel()
	s := newService(t, "https://a.example.com/")
	s.configure(func(r *shipbell.Registry) { r.Secret = shipbell.NewSecret("s3cr3t") })
	body := tcrPush("public/nginx")
	const right = "sha256=a41ee74ad0bc4e3a3b9b2d4b5e1a"
	for name, c := range map[string]struct {
		header, value string
		status        int
		code          string
	}{
		"wrong":             {"X-Hub-Signature-256", right, http.StatusUnauthorized, "sender-signature"},
		"missing":           {"X-GitHub-Event", "package", http.StatusUnauthorized, "sender-unsigned"},
		"a secret as it is": {"X-JFrog-Event-Auth", "s3cr3t", http.StatusAccepted, ""},
		"who signs nothing": {"X-Other", "x", http.StatusAccepted, ""},
	} {
		w := s.request(http.MethodPost, at+"?source=tcr", strings.NewReader(body), c.header, c.value)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.code) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if strings.Contains(s.log.String(), "s3cr3t") {
		t.Error("the secret is in the log")
	}
}

// refusing is a client that reaches nobody.
type refusing struct{ asked []string }

func (r *refusing) Do(request *http.Request) (safehttp.Response, error) {
	r.asked = append(r.asked, request.URL.String())
	return safehttp.Response{}, errors.New("no way out")
}

// snsMessage is a message of Amazon SNS with a notification of a push.
func snsMessage(kind, certificate string) string {
	data, _ := json.Marshal(map[string]string{
		"Type": kind, "MessageId": "m1", "TopicArn": topic, "Message": tcrPush("public/nginx"), "Timestamp": "2026-11-30T01:00:01.000Z",
		"SubscribeURL":     "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic,
		"SignatureVersion": "2", "Signature": "AAAA", "SigningCertURL": certificate,
	})
	return string(data)
}

// TestSNS confirms subscriptions only where the registry names the topic, and takes events
// also while nothing can be verified.
func TestSNS(t *testing.T) {
	t.Parallel()
	const there, elsewhere = "https://sns.eu-west-1.amazonaws.com/a.pem", "https://example.com/a.pem"
	none, named, another := []string(nil), []string{topic}, []string{"arn:aws:sns:eu-west-1:111122223333:other"}
	for name, c := range map[string]struct {
		topics  []string
		message string
		status  int
		part    string
		asked   int
	}{
		"a confirmation of no named topic":      {none, snsMessage("SubscriptionConfirmation", there), http.StatusAccepted, `"reason_code":"subscription-not-named"`, 0},
		"one of another topic":                  {another, snsMessage("SubscriptionConfirmation", there), http.StatusAccepted, `"reason_code":"subscription-not-named"`, 0},
		"one that cannot be verified":           {named, snsMessage("SubscriptionConfirmation", there), http.StatusAccepted, `"reason_code":"subscription-failed"`, 1},
		"one that somebody else signed":         {named, snsMessage("SubscriptionConfirmation", elsewhere), http.StatusUnauthorized, "sender-signature", 0},
		"the end of a subscription":             {none, snsMessage("UnsubscribeConfirmation", there), http.StatusAccepted, `"reason_code":"subscription-ended"`, 0},
		"a notification":                        {none, snsMessage("Notification", elsewhere), http.StatusAccepted, `"repository":"public/nginx"`, 0},
		"a notification of another topic":       {another, snsMessage("Notification", there), http.StatusAccepted, `"reason_code":"topic-not-named"`, 0},
		"a notification that is not verifiable": {named, snsMessage("Notification", there), http.StatusAccepted, `"repository":"public/nginx"`, 1},
		"a notification of somebody else":       {named, snsMessage("Notification", elsewhere), http.StatusUnauthorized, "sender-signature", 0},
	} {
		s, client := newService(t, "https://a.example.com/"), &refusing{}
		s.configure(func(r *shipbell.Registry) { r.Topics = c.topics })
		logger := slog.New(slog.NewTextHandler(&s.log, nil))
		s.handler = receive.New(receive.Deps{
			Router: &api.Router{Keys: s.store, Logger: logger, Now: s.clock}, Store: s.store, Queue: s.queue,
			SNS: sender.NewSNS(client, s.clock), Now: s.clock, Logger: logger,
		})
		w := s.request(http.MethodPost, at, strings.NewReader(c.message), "Content-Type", "text/plain; charset=UTF-8")
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.part) || len(client.asked) != c.asked {
			t.Errorf("%s: %d %s, asked %q", name, w.Code, w.Body, client.asked)
		}
		if strings.Contains(c.part, "topic-not-named") && len(s.stored()) > 0 {
			t.Errorf("%s has a delivery", name)
		}
	}
}
