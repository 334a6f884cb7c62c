package pattern_test

import (
	"regexp"
	"strings"

	"github.com/shipbell/shipbell/shared/pattern"
)

// The reference says what a tcr pattern means, slowly and in another way than
// the package does: it reads the text into a tree, writes the tree out as rows
// of tokens, and matches each element of a row by a regular expression.

// token is a character, "*", "?" or a class.
type token struct {
	wild, escaped bool
	text          string
}

// piece is one token or a group of alternatives.
type piece struct {
	token
	group [][]piece
}

// reference is what a tcr pattern means: one row of elements is to match.
type reference [][]*element

// element is one element of a row, nil for "**". It remembers its answers.
type element struct {
	*regexp.Regexp
	star  bool
	known map[string]bool
}

// elements are shared by their text, for what they remember.
type elements map[string]*element

// newReference reads a pattern of valid syntax, or reports ok = false for one
// with an empty element.
func newReference(f pattern.Field, text string, known elements) (r reference, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return reference{{nil}}, true
	}
	pieces, rest := readPieces([]rune(text), false)
	if len(rest) > 0 {
		return nil, false
	}
	prefixes := f == pattern.Tag && isPrefixList(pieces)
	for _, row := range writeRows(pieces) {
		if prefixes {
			row = append(row, token{wild: true, text: "*"})
		}
		read, good := readElements(f, row, known)
		if !good {
			return nil, false
		}
		r = append(r, read)
	}
	return r, true
}

func (r reference) match(name string) bool {
	split := strings.Split(name, "/")
	for _, row := range r {
		if name == "" && matchNothing(row) || name != "" && matchElements(row, split) {
			return true
		}
	}
	return false
}

// matchNothing is for the tag of an event without one: "**/*" asks for an
// element, "*" and "**" do not.
func matchNothing(row []*element) bool {
	for i, e := range row {
		if e != nil && (i > 0 || !e.star) {
			return false
		}
	}
	return true
}

func matchElements(row []*element, name []string) bool {
	switch {
	case len(row) == 0:
		return len(name) == 0
	case row[0] == nil:
		return matchElements(row[1:], name) || len(name) > 0 && matchElements(row, name[1:])
	}
	return len(name) > 0 && row[0].match(name[0]) && matchElements(row[1:], name[1:])
}

func (e *element) match(name string) bool {
	answer, known := e.known[name]
	if !known {
		answer = e.MatchString(name)
		e.known[name] = answer
	}
	return answer
}

// readPieces reads up to the end, or in a group up to its next "," or "}".
func readPieces(s []rune, inGroup bool) (pieces []piece, rest []rune) {
	for len(s) > 0 {
		switch {
		case inGroup && (s[0] == ',' || s[0] == '}'):
			return pieces, s
		case s[0] == '{':
			var group [][]piece
			for s[0] != '}' {
				var alternative []piece
				alternative, s = readPieces(s[1:], true)
				group = append(group, trimPieces(alternative))
			}
			pieces, s = append(pieces, piece{group: group}), s[1:]
		case s[0] == '\\':
			pieces, s = append(pieces, piece{token: token{escaped: true, text: string(s[1])}}), s[2:]
		case s[0] == '[':
			end := 1
			for s[end] != ']' {
				if s[end] == '\\' {
					end++
				}
				end++
			}
			pieces, s = append(pieces, piece{token: token{wild: true, text: string(s[:end+1])}}), s[end+1:]
		default:
			pieces, s = append(pieces, piece{token: token{wild: s[0] == '*' || s[0] == '?', text: string(s[0])}}), s[1:]
		}
	}
	return pieces, nil
}

func trimPieces(pieces []piece) []piece {
	blank := func(p piece) bool { return p.group == nil && !p.escaped && (p.text == " " || p.text == "\t") }
	for len(pieces) > 0 && blank(pieces[0]) {
		pieces = pieces[1:]
	}
	for len(pieces) > 0 && blank(pieces[len(pieces)-1]) {
		pieces = pieces[:len(pieces)-1]
	}
	return pieces
}

// isPrefixList reports whether the pieces are one group of plain words.
func isPrefixList(pieces []piece) bool {
	if len(pieces) != 1 || len(pieces[0].group) < 2 {
		return false
	}
	for _, alternative := range pieces[0].group {
		if len(alternative) == 0 {
			return false
		}
		for _, p := range alternative {
			if p.group != nil || p.wild || p.escaped {
				return false
			}
		}
	}
	return true
}

func writeRows(pieces []piece) [][]token {
	rows := [][]token{nil}
	for _, p := range pieces {
		var longer [][]token
		tails := [][]token{{p.token}}
		if p.group != nil {
			tails = nil
			for _, alternative := range p.group {
				tails = append(tails, writeRows(alternative)...)
			}
		}
		for _, row := range rows {
			for _, tail := range tails {
				longer = append(longer, append(append([]token{}, row...), tail...))
			}
		}
		rows = longer
	}
	return rows
}

// readElements cuts a row at its slashes.
func readElements(f pattern.Field, row []token, known elements) ([]*element, bool) {
	if f != pattern.Tag && len(row) > 1 && row[0].text == "/" {
		row = row[1:]
	}
	var read []*element
	var tokens []token
	for _, t := range append(append([]token{}, row...), token{text: "/"}) {
		if t.text != "/" {
			tokens = append(tokens, t)
			continue
		}
		star := token{wild: true, text: "*"}
		switch {
		case len(tokens) == 0:
			return nil, false
		case len(tokens) == 2 && tokens[0] == star && tokens[1] == star:
			read = append(read, nil)
		default:
			read = append(read, newElement(tokens, known))
		}
		tokens = nil
	}
	return read, true
}

func newElement(tokens []token, known elements) *element {
	e := &element{star: true, known: make(map[string]bool)}
	var b strings.Builder
	for _, t := range tokens {
		e.star = e.star && t.wild && t.text == "*"
		switch {
		case !t.wild:
			b.WriteString(regexp.QuoteMeta(t.text))
		case t.text == "*":
			b.WriteString(`[^/]*`)
		case t.text == "?":
			b.WriteString(`[^/]`)
		case strings.HasPrefix(t.text, "[!"):
			b.WriteString("[^" + t.text[2:])
		default:
			b.WriteString(t.text)
		}
	}
	text := b.String()
	if known[text] == nil {
		e.Regexp = regexp.MustCompile(`\A(?s:` + text + `)\z`)
		known[text] = e
	}
	return known[text]
}
