package console

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// said is how a sentence of the API, which speaks English, is said in another
// language.
type said struct {
	english *regexp.Regexp
	other   string
}

// verb is a verb of a format, as package fmt has it, in a text that is quoted for a
// pattern.
var verb = regexp.MustCompile(`%(?:\\\.\d+)?[dqsvw]`)

// newSaid prepares a list of sentences: the formats that they are made of in the
// source, and what these are in the language. Verbs stand for what was filled in, which
// is filled in again, as text.
func newSaid(sentences map[string]string) []said {
	var list []said
	for _, format := range slices.Sorted(maps.Keys(sentences)) {
		pattern := verb.ReplaceAllStringFunc(regexp.QuoteMeta(format), func(v string) string {
			switch v[len(v)-1] {
			case 'd':
				return `(-?\d+)`
			case 'q':
				return `("(?:[^"\\]|\\.)*")`
			}
			return `(.*?)`
		})
		list = append(list, said{english: regexp.MustCompile("^(?s:" + pattern + ")$"), other: sentences[format]})
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
