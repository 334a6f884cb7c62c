package pattern

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// The limits of every pattern. Braces are counted before they are expanded: a
// hundred bytes of them can stand for a million patterns.
const (
	maxPatternBytes = 256
	maxBraceDepth   = 3
	maxExpansions   = 64
	// maxWork bounds how often a hostile name can have each of its bytes compared,
	// so that no match takes more than a millisecond.
	maxWork = 320
)

// checkText refuses a text that breaks the grammar or the limits common to both
// dialects.
func checkText(text string) error {
	switch {
	case len(text) > maxPatternBytes:
		return fmt.Errorf("the pattern is %d bytes long and may have %d: use a wildcard, or several triggers", len(text), maxPatternBytes)
	case !utf8.ValidString(text):
		return errors.New("the pattern is not UTF-8 text: type it again")
	case strings.ContainsFunc(text, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }):
		return errors.New("the pattern holds a control character: write it on one line, without any")
	case !doublestar.ValidatePattern(text):
		return syntaxError(text)
	}
	expansions, depth := measureBraces(text)
	if depth > maxBraceDepth {
		return fmt.Errorf("braces are nested %d deep and may be %d: write the alternatives side by side, as in {a,b,c}", depth, maxBraceDepth)
	}
	if expansions > maxExpansions {
		return fmt.Errorf("the braces stand for more than %d patterns: use a wildcard, or several triggers", maxExpansions)
	}
	return nil
}

// syntaxError explains why a text is not a pattern.
func syntaxError(text string) error {
	depth := 0
	for i := 0; i < len(text); i += next(text[i:]) {
		switch token := text[i : i+next(text[i:])]; token[0] {
		case '\\':
			if len(token) == 1 {
				return errors.New(`the pattern ends in a backslash: write the character that it escapes, or "\\" for a backslash`)
			}
		case '[':
			if len(token) < 3 || !endsIn(token, ']') || token == "[!]" || token == "[^]" {
				return fmt.Errorf(`the class %s is empty or not closed: write it as "[abc]", or "\[" for the character itself`, token)
			}
		case '{':
			depth++
		case '}':
			if depth--; depth < 0 {
				return errors.New(`there is a "}" without a "{": write the group as "{a,b}", or "\}" for the character itself`)
			}
		}
	}
	return errors.New(`there is a "{" without a "}": write the group as "{a,b}", or "\{" for the character itself`)
}

// next is the length of the first token of a pattern: an escape, a class or a
// single byte. The bytes after the first of a longer character stand for
// themselves.
func next(s string) int {
	switch s[0] {
	case '\\':
		return min(2, len(s))
	case '[':
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case ']':
				return i + 1
			}
		}
		return len(s)
	}
	return 1
}

// endsIn reports whether s ends in c and that c is not escaped.
func endsIn(s string, c byte) bool {
	if s == "" || s[len(s)-1] != c {
		return false
	}
	before := s[:len(s)-1]
	escapes := len(before) - len(strings.TrimRight(before, `\`))
	return escapes%2 == 0
}
