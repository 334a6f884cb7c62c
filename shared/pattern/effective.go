package pattern

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/shipbell/shipbell/shared/text"
)

// effective rewrites a text of the tcr dialect into patterns without braces
// whose doublestar meaning is what the TCR document promises.
func effective(f Field, text string) ([]string, error) {
	expansions := expand(text)
	prefixes := f == Tag && listsPrefixes(text, expansions)
	var texts []string
	add := func(elements []string) {
		if s := strings.Join(elements, "/"); !slices.Contains(texts, s) {
			texts = append(texts, s)
		}
	}
	for _, expansion := range expansions {
		elements, err := rewrite(f, expansion)
		if err != nil {
			return nil, err
		}
		last := len(elements) - 1
		if prefixes {
			elements[last] += "*"
		}
		add(elements)
		// doublestar wants something below "path*" in "path*/**", which is to
		// match "path" itself as "path/**" does.
		if last > 0 && elements[last] == "**" && endsIn(elements[last-1], '*') {
			add(elements[:last])
		}
	}
	return texts, nil
}

// listsPrefixes reports whether a tag pattern is nothing but a group of two or
// more plain words, which the TCR document reads as prefixes: {env1, env2}.
func listsPrefixes(text string, expansions []string) bool {
	return text[0] == '{' && text[len(text)-1] == '}' && strings.Count(text, "{") == 1 &&
		!strings.ContainsAny(text, `*?[\`) && len(expansions) > 1 && !slices.Contains(expansions, "")
}

// rewrite gives the elements of one expansion as doublestar is to see them.
func rewrite(f Field, expansion string) ([]string, error) {
	elements := split(expansion)
	if f != Tag && len(elements) > 1 && elements[0] == "" {
		elements = elements[1:]
	}
	if slices.Contains(elements, "") {
		return nil, emptyElement(f, expansion, elements)
	}
	for i, element := range elements {
		var err error
		if elements[i], err = rewriteElement(element); err != nil {
			return nil, err
		}
	}
	return slices.CompactFunc(elements, func(a, b string) bool { return a == "**" && b == "**" }), nil
}

// split cuts a pattern without braces at its slashes; an escaped slash is one.
func split(s string) []string {
	var elements []string
	var element []byte
	for i := 0; i < len(s); i += next(s[i:]) {
		token := s[i : i+next(s[i:])]
		if token == "/" || token == `\/` {
			elements, element = append(elements, string(element)), element[:0]
			continue
		}
		element = append(element, token...)
	}
	return append(elements, string(element))
}

// emptyElement says what to write instead of a pattern that could never match.
func emptyElement(f Field, expansion string, elements []string) error {
	first, last := elements[0] == "", elements[len(elements)-1] == ""
	switch {
	case len(elements) == 1:
		return text.New(text.PatternEmpty, expansion)
	case first && f == Tag:
		return text.New(text.PatternSlashBeforeTag, expansion, strings.TrimLeft(expansion, `\/`))
	case first:
		return text.New(text.PatternSlashesFirst, expansion)
	case last:
		name := strings.TrimRight(expansion, `\/`)
		return text.New(text.PatternSlashLast, expansion, name+"/**", name)
	}
	return text.New(text.PatternSlashes, expansion)
}

// rewriteElement makes a run of stars one star, unless the element is "**", and
// keeps classes from matching a slash.
func rewriteElement(element string) (string, error) {
	if element == "**" {
		return element, nil
	}
	var b strings.Builder
	before := ""
	for i := 0; i < len(element); i += next(element[i:]) {
		token := element[i : i+next(element[i:])]
		switch {
		case token == "*" && before == "*":
		case token[0] == '[':
			class, err := rewriteClass(token)
			if err != nil {
				return "", err
			}
			b.WriteString(class)
		default:
			b.WriteString(token)
		}
		before = token
	}
	return b.String(), nil
}

// rewriteClass adds the slash to a negated class, and refuses it in another.
func rewriteClass(class string) (string, error) {
	slash := doublestar.MatchUnvalidated(class, "/")
	if class[1] != '!' && class[1] != '^' {
		if slash {
			return "", text.New(text.PatternClassSlash, class)
		}
		return class, nil
	}
	body := class[2 : len(class)-1]
	if slash {
		// A dash at the end stands for itself only as long as it is the end.
		if endsIn(body, '-') {
			body = body[:len(body)-1] + `\-`
		}
		body += "/"
	}
	return "[!" + body + "]", nil
}
