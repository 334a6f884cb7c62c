package sender_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/sender"
	"github.com/shipbell/shipbell/shared/source"
)

const (
	topic       = "arn:aws:sns:eu-west-1:111122223333:images"
	certificate = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
)

var errDown = errors.New("no answer")

// amazon is a client that finds one certificate at Amazon.
type amazon struct {
	key   *rsa.PrivateKey
	pem   []byte
	err   error
	asked []string
}

func (a *amazon) Do(r *http.Request) (safehttp.Response, error) {
	a.asked = append(a.asked, r.URL.String())
	return safehttp.Response{StatusCode: http.StatusOK, Body: a.pem}, a.err
}

func newAmazon(t *testing.T, now time.Time) *amazon {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &amazon{key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// sign signs a text as a version of signatures has it.
func (a *amazon) sign(t *testing.T, version, text string) string {
	t.Helper()
	sum, hashed := sha256.Sum256([]byte(text)), crypto.SHA256
	digest := sum[:]
	if version == "1" {
		short := sha1.Sum([]byte(text))
		digest, hashed = short[:], crypto.SHA1
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, hashed, digest)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

func (a *amazon) notification(t *testing.T, version string) *source.SNSMessage {
	t.Helper()
	subject := "s"
	m := &source.SNSMessage{
		Type: source.SNSNotification, MessageID: "m1", TopicARN: topic, Subject: &subject, Message: "{}", Timestamp: "2026-11-30T01:00:01.000Z",
		Version: version, SigningCertURL: certificate,
	}
	m.Signature = a.sign(t, version, "Message\n{}\nMessageId\nm1\nSubject\ns\nTimestamp\n2026-11-30T01:00:01.000Z\nTopicArn\n"+topic+"\nType\nNotification\n")
	return m
}

// TestSNSVerify accepts what Amazon signed, in both versions, and nothing else. The
// certificate is fetched once.
func TestSNSVerify(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a := newAmazon(t, now)
	s := sender.NewSNS(a, func() time.Time { return now })
	for _, version := range []string{"1", "2"} {
		if err := s.Verify(t.Context(), a.notification(t, version)); err != nil {
			t.Errorf("version %s: %v", version, err)
		}
	}
	for name, change := range map[string]func(*source.SNSMessage){
		"another message":   func(m *source.SNSMessage) { m.Message = "{ }" },
		"another topic":     func(m *source.SNSMessage) { m.TopicARN = "arn:aws:sns:eu-west-1:111122223333:other" },
		"no subject":        func(m *source.SNSMessage) { m.Subject = nil },
		"another version":   func(m *source.SNSMessage) { m.Version = "3" },
		"no signature":      func(m *source.SNSMessage) { m.Signature = "" },
		"not base64":        func(m *source.SNSMessage) { m.Signature = "%" },
		"a host of anybody": func(m *source.SNSMessage) { m.SigningCertURL = "https://sns.example.com/a.pem" },
		"a bucket of anybody": func(m *source.SNSMessage) {
			m.TopicARN, m.SigningCertURL = "arn:aws:sns:b.s3:1:x", "https://sns.b.s3.amazonaws.com/a.pem"
		},
		"another region":       func(m *source.SNSMessage) { m.SigningCertURL = "https://sns.eu-west-2.amazonaws.com/a.pem" },
		"a port":               func(m *source.SNSMessage) { m.SigningCertURL = "https://sns.eu-west-1.amazonaws.com:8443/a.pem" },
		"a user":               func(m *source.SNSMessage) { m.SigningCertURL = "https://sns.eu-west-1.amazonaws.com@example.com/a.pem" },
		"without TLS":          func(m *source.SNSMessage) { m.SigningCertURL = "http://sns.eu-west-1.amazonaws.com/a.pem" },
		"no certificate there": func(m *source.SNSMessage) { m.SigningCertURL = "https://sns.eu-west-1.amazonaws.com/?a" },
	} {
		m := a.notification(t, "2")
		change(m)
		if err := s.Verify(t.Context(), m); !errors.Is(err, sender.ErrWrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(a.asked) != 1 {
		t.Errorf("asked for %q", a.asked)
	}
}

// TestSNSWithoutCertificate tells what cannot be verified now from what is wrong, and does
// not ask again for a minute.
func TestSNSWithoutCertificate(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a := newAmazon(t, now)
	s := sender.NewSNS(a, func() time.Time { return now })
	a.err = errDown
	for range 3 {
		if err := s.Verify(t.Context(), a.notification(t, "2")); !errors.Is(err, errDown) || errors.Is(err, sender.ErrWrong) {
			t.Errorf("got %v", err)
		}
	}
	a.err = nil
	now = now.Add(time.Minute)
	if err := s.Verify(t.Context(), a.notification(t, "2")); err != nil || len(a.asked) != 2 {
		t.Errorf("a minute later: %v, asked %d times", err, len(a.asked))
	}
	now = now.Add(2 * time.Hour) // the certificate has ended
	if err := s.Verify(t.Context(), a.notification(t, "2")); err == nil || errors.Is(err, sender.ErrWrong) || len(a.asked) != 3 {
		t.Errorf("after its end: %v, asked %d times", err, len(a.asked))
	}
}

// TestSNSConfirm asks Amazon alone, and only for what the message is about.
func TestSNSConfirm(t *testing.T) {
	t.Parallel()
	a := newAmazon(t, time.Now())
	s := sender.NewSNS(a, time.Now)
	good := "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic + "&Token=t"
	for address, ok := range map[string]bool{
		good: true,
		"https://sns.eu-west-1.example.com/?Action=ConfirmSubscription&TopicArn=" + topic:  false,
		"https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&TopicArn=" + topic:        false,
		"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=another": false,
		"http://169.254.169.254/": false,
	} {
		a.asked = nil
		err := s.Confirm(t.Context(), &source.SNSMessage{Type: source.SNSConfirmation, TopicARN: topic, SubscribeURL: address})
		if ok != (err == nil) || ok != (len(a.asked) == 1) {
			t.Errorf("%s: %v, asked %q", address, err, a.asked)
		}
	}
	a.err = errDown
	if err := s.Confirm(t.Context(), &source.SNSMessage{Type: source.SNSConfirmation, TopicARN: topic, SubscribeURL: good}); !errors.Is(err, errDown) {
		t.Errorf("without an answer: %v", err)
	}
}
