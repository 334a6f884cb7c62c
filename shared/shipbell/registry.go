package shipbell

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/shipbell/shipbell/shared/text"
)

// The most of what proves who sent a registry's events.
const (
	maxSenderSecret = 256
	maxTopics       = 16
	maxTopicBytes   = 300
	maxAudience     = 1024
	maxEmail        = 320
)

// GoogleToken says which tokens of Google are right: those made for a service account and an
// audience. Anybody may have Google make one for an audience, so that both are needed.
type GoogleToken struct {
	Audience string `json:"audience"`
	Email    string `json:"email"`
}

// IsZero reports whether no token is asked for.
func (g GoogleToken) IsZero() bool { return g == GoogleToken{} }

// KeepSecret puts the stored secret in place of a mask, or gives an Invalid error if none
// is stored.
func (r *Registry) KeepSecret(old Registry) error {
	switch {
	case !r.Secret.IsMask():
		return nil
	case old.Secret.Empty():
		return InvalidField("secret", text.SenderSecretUnknown)
	}
	r.Secret = old.Secret
	return nil
}

// checkSender checks what proves who sent a registry's events.
func (p *problems) checkSender(r *Registry) {
	if clear, err := r.Secret.Reveal(); err == nil && (len(clear) > maxSenderSecret || strings.ContainsFunc(clear, unicode.IsControl)) {
		p.add("secret", text.SenderSecretInvalid, maxSenderSecret)
	}
	if !r.Google.IsZero() {
		if g := r.Google.Audience; g == "" || len(g) > maxAudience || strings.ContainsFunc(g, unprintable) {
			p.add("google.audience", text.GoogleAudienceInvalid, maxAudience)
		}
		if e := r.Google.Email; !strings.Contains(e, "@") || len(e) > maxEmail || strings.ContainsFunc(e, unprintable) {
			p.add("google.email", text.GoogleEmailInvalid)
		}
	}
	if len(r.Topics) > maxTopics {
		p.add("sns_topics", text.TopicsTooMany, len(r.Topics), maxTopics)
	}
	for i, topic := range r.Topics {
		parts := strings.Split(topic, ":")
		named := len(parts) == 6 && parts[0] == "arn" && parts[2] == "sns" && parts[3] != "" && parts[5] != ""
		if !named || len(topic) > maxTopicBytes || strings.ContainsFunc(topic, unprintable) {
			p.add(fmt.Sprintf("sns_topics[%d]", i), text.TopicInvalid)
		}
	}
}

// unprintable reports whether a character is a space or not one of ASCII that is printed.
func unprintable(c rune) bool { return c <= ' ' || c > '~' }
