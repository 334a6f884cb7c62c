package sign

import (
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// addToken puts the secret itself behind the prefix into the header.
func addToken(m *Message, t *shipbell.Target, secret string) (proofs []string, err error) {
	if !shipbell.ValidHeader(t.Auth.Header, t.Auth.Prefix+secret) {
		return nil, text.New(text.HeaderFailed, t.Auth.Header, text.HeaderNotSendable)
	}
	m.Header.Set(t.Auth.Header, t.Auth.Prefix+secret)
	return []string{secret}, nil
}

func checkToken(r *Received, a shipbell.Auth, secret string, _ time.Time) (Proof, error) {
	got, err := behindPrefix(r, a)
	if err != nil {
		return Proof{}, err
	}
	if !equal(got, secret) {
		return Proof{}, fmt.Errorf("%w: the header %s has another token", ErrWrong, a.Header)
	}
	return Proof{}, nil
}
