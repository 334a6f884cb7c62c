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
)

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
	if len(r.Topics) > maxTopics {
		p.add("sns_topics", text.TopicsTooMany, len(r.Topics), maxTopics)
	}
	for i, topic := range r.Topics {
		parts := strings.Split(topic, ":")
		named := len(parts) == 6 && parts[0] == "arn" && parts[2] == "sns" && parts[3] != "" && parts[5] != ""
		if !named || len(topic) > maxTopicBytes || strings.ContainsFunc(topic, func(c rune) bool { return c <= ' ' || c > '~' }) {
			p.add(fmt.Sprintf("sns_topics[%d]", i), text.TopicInvalid)
		}
	}
}
