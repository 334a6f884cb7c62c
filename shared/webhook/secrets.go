package webhook

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// secretsOf are the texts of a request to a target that must not be seen in its answer:
// header values, the proofs that it was signed with, its secret and the former one, the values
// of the query, and the path if it is secret; each as a whole and in the parts that a target
// takes it apart into.
func secretsOf(req *http.Request, target shipbell.Target, proofs []string) []string {
	s := secretTexts{known: map[string]bool{}}
	for _, header := range target.Headers {
		for _, value := range header.Values {
			if clear, err := value.Reveal(); err == nil {
				s.addHeader(clear)
			}
		}
	}
	for _, proof := range proofs {
		s.addHeader(proof)
	}
	for _, secret := range []shipbell.Secret{target.Secret, target.FormerSecret} {
		if clear, err := secret.Reveal(); err == nil {
			s.addHeader(clear)
			s.addKey(clear)
		}
	}
	for pair := range strings.SplitSeq(req.URL.RawQuery, "&") {
		_, value, named := strings.Cut(pair, "=")
		switch {
		case hasParameter(target, shipbell.ParameterName(pair)):
			continue // it is of the event
		case !named:
			value = pair
		}
		s.addEncoded(value)
	}
	if target.PathSecret || shipbell.SecretPathHost(req.URL.Hostname()) {
		s.addPath(req.URL)
	}
	return s.texts
}

// secretTexts collects secrets, each once.
type secretTexts struct {
	texts []string
	known map[string]bool
}

func (s *secretTexts) add(text string) {
	if text = strings.TrimSpace(text); !s.known[text] {
		s.known[text] = true
		s.texts = append(s.texts, text)
	}
}

// addEncoded adds a text and, if it is the base64 of another text, that one: of "user:password"
// also the two parts.
func (s *secretTexts) addEncoded(text string) {
	s.add(text)
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || !utf8.Valid(decoded) {
		return
	}
	s.add(string(decoded))
	user, password, _ := strings.Cut(string(decoded), ":")
	s.add(user)
	s.add(password)
}

// addKey adds what stands in a secret of Standard Webhooks behind its kind.
func (s *secretTexts) addKey(secret string) {
	if _, ok := shipbell.ReadSigningKey(secret); ok {
		_, encoded, _ := strings.Cut(secret, "_")
		s.addEncoded(encoded)
	}
}

// addHeader adds a header's value, the value without its scheme, as in "Bearer TOKEN",
// and the parts of a list such as "token=TOKEN, id=ID".
func (s *secretTexts) addHeader(value string) {
	value = strings.TrimSpace(value)
	s.addEncoded(value)
	if scheme, rest, found := strings.Cut(value, " "); found && !strings.ContainsAny(scheme, `=,;"`) {
		value = rest
		s.addEncoded(value)
	}
	for _, part := range strings.FieldsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
		s.addEncoded(part)
		if _, named, found := strings.Cut(part, "="); found {
			s.addEncoded(strings.Trim(named, `"`))
		}
	}
}

// addPath adds a URL's path and its segments; of "bot123:TOKEN" also what follows "bot"
// and the token.
func (s *secretTexts) addPath(u *url.URL) {
	path := strings.Trim(u.EscapedPath(), "/")
	s.add(path)
	for segment := range strings.SplitSeq(path, "/") {
		s.add(segment)
		s.add(strings.TrimPrefix(segment, "bot"))
		_, token, _ := strings.Cut(segment, ":")
		s.add(token)
	}
}
