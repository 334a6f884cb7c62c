package console

import (
	"encoding/json"
	"fmt"
	"regexp"
)

// said is how a sentence of the API, which speaks English, is said in another
// language.
type said struct {
	english *regexp.Regexp
	other   string
}

// verb is a verb of a format, as package fmt has it.
var verb = regexp.MustCompile(`%(?:\[\d+\])?[dqsv]`)

// readSaid reads a list of sentences: the formats that they are made of in the source,
// and what they are in the language. Verbs stand for what was filled in, which is
// filled in again, as text.
func readSaid(data []byte) ([]said, error) {
	var pairs []struct{ Says, Means string }
	if err := json.Unmarshal(data, &pairs); err != nil {
		return nil, err
	}
	list := make([]said, len(pairs))
	for i, pair := range pairs {
		pattern := verb.ReplaceAllStringFunc(regexp.QuoteMeta(pair.Says), func(v string) string {
			switch v[len(v)-1] {
			case 'd':
				return `(-?\d+)`
			case 'q':
				return `("(?:[^"\\]|\\.)*")`
			}
			return `(.*?)`
		})
		english, err := regexp.Compile("^(?s:" + pattern + ")$")
		if err != nil {
			return nil, fmt.Errorf("%q: %w", pair.Says, err)
		}
		list[i] = said{english: english, other: pair.Means}
	}
	return list, nil
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
