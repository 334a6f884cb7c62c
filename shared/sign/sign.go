// Package sign proves to a target that a request comes from Shipbell, and checks such a proof
// as a receiver does. Each scheme is a file and a line in the table; docs/signatures.md
// describes them. A proof is made anew for each attempt: most schemes sign the time. The package
// checks no setting of a target: that is done when a trigger is stored.
package sign

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Message is a request that is about to be sent.
type Message struct {
	ID shipbell.DeliveryID
	// At is when it is sent; receivers see whole seconds, those of DingTalk milliseconds.
	At     time.Time
	Header http.Header
	// Query is that of the URL, escaped.
	Query string
	Body  []byte
}

// Received is a request as its receiver got it.
type Received struct {
	Header http.Header
	Query  url.Values
	Body   []byte
}

// scheme is a way to use a target's secret.
type scheme struct {
	// add puts the proof into a message, and answers what of it nobody else may see.
	add func(m *Message, t *shipbell.Target, secret string) (proofs []string, err error)
	// shown is the header that the proof is in, "" if it is in none, and the proof as
	// people may see it.
	shown func(a shipbell.Auth) (header, value string)
	// check checks the proof of a request.
	check func(r *Received, a shipbell.Auth, secret string, now time.Time) (Proof, error)
}

// define looks a scheme up in the table.
func define(name shipbell.AuthScheme) (scheme, bool) {
	switch cmp.Or(name, shipbell.AuthStandard) {
	case shipbell.AuthStandard:
		return scheme{addStandard, shownStandard, checkStandard}, true
	case shipbell.AuthHMAC:
		return scheme{addHMAC, shownInHeader, checkHMAC}, true
	case shipbell.AuthToken:
		return scheme{addToken, shownInHeader, checkToken}, true
	case shipbell.AuthDingTalk:
		return scheme{addDingTalk, shownNowhere, checkDingTalk}, true
	case shipbell.AuthFeishu:
		return scheme{addFeishu, shownNowhere, checkFeishu}, true
	}
	return scheme{}, false
}

// Add uses the target's secret as its settings say: it changes header, query or body of the
// message. A target without a secret gets nothing. The proofs are texts that must not be seen
// where the target sends them back. An error is a text.Message without the secret, and means
// that this message can never be signed.
func Add(m *Message, t *shipbell.Target) (proofs []string, err error) {
	if t.Secret.Empty() {
		return nil, nil
	}
	secret, err := t.Secret.Reveal()
	if err != nil {
		return nil, text.New(text.SigningSecretFailed, err)
	}
	s, known := define(t.Auth.Scheme)
	if !known {
		return nil, text.New(text.AuthSchemeUnknown, t.Auth.Scheme)
	}
	return s.add(m, t, secret)
}

// Show sets the header that Add sets, its proof masked.
func Show(h http.Header, t *shipbell.Target) {
	s, known := define(t.Auth.Scheme)
	if !known || t.Secret.Empty() {
		return
	}
	if header, value := s.shown(t.Auth); header != "" {
		h.Set(header, value)
	}
}

// shownInHeader is for schemes that put the proof into a header of the user's choice.
func shownInHeader(a shipbell.Auth) (header, value string) { return a.Header, a.Prefix + shipbell.Mask }

func shownNowhere(shipbell.Auth) (header, value string) { return "", "" }
