package trigger_test

import (
	"regexp"
	"strings"

	"github.com/shipbell/shipbell/shared/trigger"
)

// The reference says what a tcr pattern means, slowly and in another way than
// the package does: it reads the text into a tree, writes the tree out as rows
// of tokens, and matches each element of a row by a regular expression.

// token is a character, "*", "?" or a class.
type token struct {
	wild bool
	text string
}

// piece is one token or a group of alternatives.
type piece struct {
	token
	group [][]piece
}

// reference matches name, or reports ok = false for a pattern that has no row
// of non-empty elements.
func reference(f trigger.Field, pattern, name string) (matched, ok bool) {
	pattern = strings.TrimSpace(pattern)
	if pattern == "" {
		return true, true
	}
	pieces, rest := readPieces([]rune(pattern), false)
	if len(rest) > 0 {
		return false, false
	}
	prefixes := f == trigger.FieldTag && isPrefixList(pieces)
	for _, row := range writeRows(pieces) {
		if prefixes {
			row = append(row, token{wild: true, text: "*"})
		}
		elements, good := readElements(f, row)
		if !good {
			return false, false
		}
		matched = matched || matchElements(elements, strings.Split(name, "/"))
	}
	return matched, true
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
			pieces, s = append(pieces, piece{token: token{text: string(s[1])}}), s[2:]
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
	blank := func(p piece) bool { return p.group == nil && (p.text == " " || p.text == "\t") }
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
			if p.group != nil || p.wild {
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

// readElements turns a row into a regular expression per element, nil for "**".
func readElements(f trigger.Field, row []token) ([]*regexp.Regexp, bool) {
	if f != trigger.FieldTag && len(row) > 1 && row[0].text == "/" {
		row = row[1:]
	}
	var elements []*regexp.Regexp
	var element []token
	for _, t := range append(append([]token{}, row...), token{text: "/"}) {
		if t.text != "/" {
			element = append(element, t)
			continue
		}
		star := token{wild: true, text: "*"}
		switch {
		case len(element) == 0:
			return nil, false
		case len(element) == 2 && element[0] == star && element[1] == star:
			elements = append(elements, nil)
		default:
			elements = append(elements, elementRegexp(element))
		}
		element = nil
	}
	return elements, true
}

func elementRegexp(element []token) *regexp.Regexp {
	var b strings.Builder
	for _, t := range element {
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
	return regexp.MustCompile(`\A(?s:` + b.String() + `)\z`)
}

func matchElements(pattern []*regexp.Regexp, name []string) bool {
	switch {
	case len(pattern) == 0:
		return len(name) == 0
	case pattern[0] == nil:
		return matchElements(pattern[1:], name) || len(name) > 0 && matchElements(pattern, name[1:])
	}
	return len(name) > 0 && pattern[0].MatchString(name[0]) && matchElements(pattern[1:], name[1:])
}
