// Package webhook makes one outgoing request: it has the event shaped and signed, sends it
// and says what came of it. What a target receives is described in docs/payload.md.
package webhook

import (
	"context"
	"errors"
	"time"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Deps is what a Sender needs. All of it must be set.
type Deps struct {
	Client *safehttp.Client
	// Version goes into the User-Agent header: shipbell.Version.
	Version string
	// Now is read for the timestamp of a request and for a Retry-After that names
	// a date.
	Now func() time.Time
}

// Sender sends deliveries to their targets. It is safe for concurrent use.
type Sender struct {
	deps      Deps
	userAgent string
}

// New makes a Sender.
func New(deps Deps) *Sender {
	return &Sender{deps: deps, userAgent: userAgent(deps.Version)}
}

func userAgent(version string) string { return "Shipbell/" + version }

// Send makes one attempt: one request to the target with the delivery's event.
// Whatever comes of it, a request that could not be made included, is an
// Outcome. Its error never holds the target's URL or a secret. Its response has
// the target's secrets of six bytes or more masked, in whatever form the target sent
// them back.
func (s *Sender) Send(ctx context.Context, d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome {
	req, proofs, err := s.request(ctx, d, target, attempt)
	if err != nil {
		return shipbell.Outcome{Error: text.Of(err), Final: true, Inexpressible: format.Inexpressible(err)}
	}
	terms, err := termsOf(d.Registry, target)
	if err != nil {
		return shipbell.Outcome{Error: text.Of(err), Final: true}
	}
	start := time.Now()
	resp, err := s.deps.Client.DoAs(req, terms)
	took := time.Since(start) // by the monotonic clock
	if err != nil {
		final := errors.Is(err, safehttp.ErrBlocked) || errors.Is(err, safehttp.ErrTerms)
		return shipbell.Outcome{Duration: took, Error: text.Of(err), Final: final, Exchange: exchange(req, resp, nil)}
	}
	secrets := forms(secretsOf(req, target, proofs))
	o := shipbell.Outcome{
		Duration: took, StatusCode: resp.StatusCode, Response: excerpt(resp.Body, secrets), Exchange: exchange(req, resp, secrets),
	}
	Judge(&o, &target.Options, resp, s.deps.Now(), secrets)
	return o
}

// termsOf are a target's own. An error, fit for users, means that its key cannot be opened.
func termsOf(registry string, target shipbell.Target) (safehttp.Terms, error) {
	key, err := target.CertificateKey.Reveal()
	if err != nil {
		return safehttp.Terms{}, text.New(text.TLSFailed, err)
	}
	return safehttp.Terms{
		Timeout: time.Duration(target.Timeout) * time.Second,
		TLS:     safehttp.TLS{CA: target.CA, Insecure: target.Insecure, Certificate: target.Certificate, Key: key},
		Owner:   registry,
	}, nil
}
