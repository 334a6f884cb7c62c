package console

import (
	"fmt"
	"regexp"
)

// said is how a sentence of the API, which speaks English, is said in another
// language.
type said struct {
	english *regexp.Regexp
	other   string
}

// verb is a verb of a format, as package fmt has it, in a text that is quoted for a
// pattern.
var verb = regexp.MustCompile(`%(?:\\\.\d+)?[dqsv]`)

// sentence is a sentence of the API: the format that it is made of in the source, and
// what that is in the language.
type sentence struct{ Says, Means string }

// newSaid prepares a list of sentences. Verbs stand for what was filled in, which is
// filled in again, as text.
func newSaid(sentences []sentence) []said {
	list := make([]said, len(sentences))
	for i, one := range sentences {
		pattern := verb.ReplaceAllStringFunc(regexp.QuoteMeta(one.Says), func(v string) string {
			switch v[len(v)-1] {
			case 'd':
				return `(-?\d+)`
			case 'q':
				return `("(?:[^"\\]|\\.)*")`
			}
			return `(.*?)`
		})
		list[i] = said{english: regexp.MustCompile("^(?s:" + pattern + ")$"), other: one.Means}
	}
	return list
}

// say puts a sentence of the API into the language. What has no translation, such as
// the answer of a target, stays as it is.
func (l *language) say(sentence string) string {
	for _, s := range l.said {
		found := s.english.FindStringSubmatch(sentence)
		if found == nil {
			continue
		}
		args := make([]any, len(found)-1)
		for i, text := range found[1:] {
			args[i] = l.say(text)
		}
		return fmt.Sprintf(s.other, args...)
	}
	return sentence
}
