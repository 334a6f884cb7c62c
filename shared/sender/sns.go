package sender

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // signature version 1 of Amazon SNS
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/source"
)

// Client sends a request, as safehttp.Client does.
type Client interface {
	Do(*http.Request) (safehttp.Response, error)
}

// The bounds of a request to Amazon SNS, and to Google for its keys. An event waits for a
// certificate once in a process, and no longer than a registry may wait for its answer.
const (
	certificateTimeout = time.Second
	confirmTimeout     = 5 * time.Second
)

// ErrWrong is what the error is for what the sender did not sign, or not so.
var ErrWrong = errors.New("wrong signature")

// SNS verifies messages of Amazon SNS and confirms subscriptions. It may be used from many
// goroutines.
type SNS struct {
	client Client
	keys   keys
}

// NewSNS makes an SNS that reaches Amazon by a client.
func NewSNS(client Client, now func() time.Time) *SNS {
	return &SNS{client: client, keys: keys{now: now, known: map[string]key{}}}
}

// Verify checks who signed a message. The error is ErrWrong for a wrong signature; any
// other means that the certificate cannot be had now, so that nothing is known.
func (s *SNS) Verify(ctx context.Context, m *source.SNSMessage) error {
	if !ofAmazon(m.SigningCertURL, m.TopicARN) || !strings.HasSuffix(m.SigningCertURL, ".pem") {
		return fmt.Errorf("%w: the certificate is not at a host of Amazon SNS", ErrWrong)
	}
	given, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil {
		return fmt.Errorf("%w: not base64", ErrWrong)
	}
	public, err := s.keys.get(m.SigningCertURL, func() ([]byte, error) { return fetch(ctx, s.client, m.SigningCertURL, certificateTimeout) })
	if err != nil {
		return fmt.Errorf("fetch the certificate of Amazon SNS: %w", err)
	}
	signed := []byte(signedText(m))
	switch m.Version {
	case "1":
		sum := sha1.Sum(signed) //nolint:gosec // as the version has it
		err = rsa.VerifyPKCS1v15(public, crypto.SHA1, sum[:], given)
	case "2":
		sum := sha256.Sum256(signed)
		err = rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], given)
	default:
		return fmt.Errorf("%w: version %.10q is not known", ErrWrong, m.Version)
	}
	if err != nil {
		return ErrWrong
	}
	return nil
}

// Confirm confirms the subscription that a verified message asks about.
func (s *SNS) Confirm(ctx context.Context, m *source.SNSMessage) error {
	u, err := url.Parse(m.SubscribeURL)
	if err != nil || !ofAmazon(m.SubscribeURL, m.TopicARN) || u.Query().Get("Action") != "ConfirmSubscription" || u.Query().Get("TopicArn") != m.TopicARN {
		return fmt.Errorf("%w: the address does not confirm this subscription at Amazon SNS", ErrWrong)
	}
	_, err = fetch(ctx, s.client, m.SubscribeURL, confirmTimeout)
	return err
}

func fetch(ctx context.Context, client Client, address string, timeout time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %d", answer.StatusCode)
	}
	return answer.Body, nil
}

// ofAmazon reports whether an address is at the host of Amazon SNS in the topic's region.
func ofAmazon(address, topic string) bool {
	u, err := url.Parse(address)
	parts := strings.Split(topic, ":")
	if err != nil || len(parts) != 6 || u.Scheme != "https" || u.User != nil {
		return false
	}
	// A dot would make it a host of another service of Amazon, where anybody may keep files.
	region := parts[3]
	host := "sns." + region + ".amazonaws.com"
	return region != "" && !strings.Contains(region, ".") && (u.Host == host || u.Host == host+".cn")
}

// signedText is the text that Amazon SNS signs.
func signedText(m *source.SNSMessage) string {
	var b strings.Builder
	add := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	add("Message", m.Message)
	add("MessageId", m.MessageID)
	if m.Type == source.SNSNotification {
		if m.Subject != nil {
			add("Subject", *m.Subject)
		}
	} else {
		add("SubscribeURL", m.SubscribeURL)
	}
	add("Timestamp", m.Timestamp)
	if m.Type != source.SNSNotification {
		add("Token", m.Token)
	}
	add("TopicArn", m.TopicARN)
	add("Type", m.Type)
	return b.String()
}
