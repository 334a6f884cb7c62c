package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/shipbell/shipbell/shared/text"
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
func checkText(pattern string) error {
	switch {
	case len(pattern) > maxPatternBytes:
		return text.New(text.PatternTooLong, len(pattern), maxPatternBytes)
	case !utf8.ValidString(pattern):
		return text.New(text.PatternNotUTF8)
	case strings.ContainsFunc(pattern, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }):
		return text.New(text.PatternControlCharacter)
	case !doublestar.ValidatePattern(pattern):
		return syntaxError(pattern)
	}
	expansions, depth := measureBraces(pattern)
	if depth > maxBraceDepth {
		return text.New(text.PatternBracesTooDeep, depth, maxBraceDepth)
	}
	if expansions > maxExpansions {
		return text.New(text.PatternBracesTooMany, maxExpansions)
	}
	return nil
}

// syntaxError explains why a text is not a pattern.
func syntaxError(pattern string) error {
	depth := 0
	for i := 0; i < len(pattern); i += next(pattern[i:]) {
		switch token := pattern[i : i+next(pattern[i:])]; token[0] {
		case '\\':
			if len(token) == 1 {
				return text.New(text.PatternBackslash)
			}
		case '[':
			if len(token) < 3 || !endsIn(token, ']') || token == "[!]" || token == "[^]" {
				return text.New(text.PatternClassInvalid, token)
			}
		case '{':
			depth++
		case '}':
			if depth--; depth < 0 {
				return text.New(text.PatternBraceNotOpen)
			}
		}
	}
	return text.New(text.PatternBraceNotClosed)
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
