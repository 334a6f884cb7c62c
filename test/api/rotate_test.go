package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/sink"
)

// TestRotation replaces a secret: the former one signs too until it is dropped, nobody sees
// it, and what was read and is sent again changes nothing.
func TestRotation(t *testing.T) {
	t.Parallel()
	const at = "/v1/triggers/default/1"
	receiver := sink.Start(t)
	s := newStack(t)
	target := func(secret string) object {
		return object{"targets": []object{targetWith(receiver.URL()+"/a", secret)}}
	}
	body := target(oneSecret)
	body["name"], body["actions"] = "rotated", []string{"pushImage"}
	s.do("POST", "/v1/triggers/default", body).want(http.StatusCreated)
	if made := s.do("GET", at, nil).want(http.StatusOK); strings.Contains(string(made.body), "former") {
		t.Errorf("a new trigger has a former secret: %s", made.body)
	}

	answered := s.do("PATCH", at, target(anotherSecret)).want(http.StatusOK)
	rotated := decode[apiv1.Trigger](answered)
	until := rotated.Targets[0].FormerSecretUntil
	if left := time.Until(until); left <= 23*time.Hour || left > 24*time.Hour {
		t.Errorf("the former secret signs until %v", until)
	}
	if strings.Contains(string(answered.body), "whsec_") || strings.Contains(string(answered.body), "drop_former_secret") {
		t.Errorf("the answer shows too much: %s", answered.body)
	}
	read := decode[object](s.do("GET", at, nil).want(http.StatusOK))
	for _, method := range []string{"PUT", "PATCH"} {
		if same := decode[apiv1.Trigger](s.do(method, at, read).want(http.StatusOK)); same.Version != rotated.Version || !same.Targets[0].FormerSecretUntil.Equal(until) {
			t.Errorf("%s of what was read makes version %d of %d, until %v", method, same.Version, rotated.Version, same.Targets[0].FormerSecretUntil)
		}
	}
	s.pushSigned(receiver, oneSecret, anotherSecret)

	drop := target(shipbell.Mask)
	drop["targets"].([]object)[0]["drop_former_secret"] = true
	dropped := s.do("PATCH", at, drop).want(http.StatusOK)
	if strings.Contains(string(dropped.body), "former") {
		t.Errorf("after the drop: %s", dropped.body)
	}
	if again := decode[apiv1.Trigger](s.do("PATCH", at, drop).want(http.StatusOK)); again.Version != rotated.Version+1 {
		t.Errorf("two drops make version %d of %d", again.Version, rotated.Version)
	}
}

// pushSigned pushes a tag, and checks that the delivery is signed with these secrets and no other.
func (s *stack) pushSigned(receiver *sink.Sink, secrets ...string) {
	s.t.Helper()
	s.work()
	for _, id := range s.push("default", "public/nginx", "v1") {
		s.await("default", id, shipbell.Succeeded)
	}
	sent := receiver.Requests()
	if len(sent) != 1 || len(strings.Fields(sent[0].Header.Get("webhook-signature"))) != len(secrets) {
		s.t.Fatalf("sent were %+v", sent)
	}
	for _, secret := range secrets {
		verifier, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			s.t.Fatal(err)
		}
		if err := verifier.Verify(sent[0].Body, sent[0].Header); err != nil {
			s.t.Errorf("with the secret %s…: %v", secret[:9], err)
		}
	}
}
