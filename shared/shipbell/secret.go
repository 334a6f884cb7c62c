package shipbell

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/shipbell/shipbell/shared/text"
)

// Mask stands for a secret wherever people or logs would see it. Sent back to
// the API in place of a value, it means: keep what is stored.
const Mask = "••••"

// ErrSealed tells that a stored secret could not be opened with the sealing
// keys at hand. It is a text.Message for errors.As.
const ErrSealed = sealedError(text.SecretSealed)

type sealedError text.Code

// Error is the sentence in English.
func (e sealedError) Error() string { return e.Unwrap().Error() }

// Unwrap gives the sentence.
func (e sealedError) Unwrap() error { return text.New(text.Code(e)) }

// Secret is a text that is never printed: every way of formatting, encoding or
// logging it gives Mask, or "" when it is empty. Reveal alone gives the text.
type Secret struct {
	text   string
	sealed string
}

// NewSecret wraps a text in clear.
func NewSecret(text string) Secret { return Secret{text: text} }

// UnopenedSecret stands for a stored secret that could not be opened; it keeps
// the sealed form, so that storing it again loses nothing.
func UnopenedSecret(sealed string) Secret { return Secret{sealed: sealed} }

// Reveal returns the text in clear, or ErrSealed.
func (s Secret) Reveal() (string, error) {
	if s.sealed != "" {
		return "", ErrSealed
	}
	return s.text, nil
}

// Unopened returns the sealed form of a secret that could not be opened, or "".
func (s Secret) Unopened() string { return s.sealed }

// IsZero reports whether there is no secret, for omitzero.
func (s Secret) IsZero() bool { return s.Empty() }

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s.text == "" && s.sealed == "" }

// IsMask reports whether the text is the mask itself.
func (s Secret) IsMask() bool { return s.text == Mask }

// String masks the secret.
func (s Secret) String() string {
	if s.Empty() {
		return ""
	}
	return Mask
}

// GoString masks the secret for %#v.
func (s Secret) GoString() string { return fmt.Sprintf("shipbell.Secret(%q)", s.String()) }

// LogValue masks the secret in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON masks the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON takes the text in clear.
func (s *Secret) UnmarshalJSON(data []byte) error {
	s.sealed = ""
	return json.Unmarshal(data, &s.text)
}
