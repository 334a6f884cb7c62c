package webhook

import (
	"bytes"
	"html"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxEntity is the length of the longest escape of HTML that is undone.
const maxEntity = 12

// unescapeAt undoes the escape that a text begins with, as URLs, JSON, JavaScript or
// HTML have it, and tells how long the escape is. Anything else is one byte that stands
// for itself.
func unescapeAt(text []byte) (plain []byte, size int) {
	switch text[0] {
	case '%':
		if code, ok := hexAt(text, 1, 2); ok {
			return []byte{byte(code)}, 3
		}
	case '\\':
		if plain, size := backslashAt(text); size > 0 {
			return plain, size
		}
	case '&':
		end := bytes.IndexByte(text[:min(len(text), maxEntity)], ';')
		if end > 0 && bytes.IndexByte(text[1:end], '&') < 0 {
			if meant := html.UnescapeString(string(text[:end+1])); meant != string(text[:end+1]) {
				return []byte(meant), end + 1
			}
		}
	}
	return text[:1], 1
}

// backslashAt is unescapeAt for a text that begins with a backslash. Its size is 0 if
// nothing is escaped.
func backslashAt(text []byte) (plain []byte, size int) {
	if len(text) < 2 {
		return nil, 0
	}
	switch c := text[1]; c {
	case '"', '\'', '\\', '/':
		return text[1:2], 2
	case 'b', 'f', 'n', 'r', 't':
		control := map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
		return []byte{control[c]}, 2
	case 'x':
		if code, ok := hexAt(text, 2, 2); ok {
			return []byte{byte(code)}, 4
		}
	case 'u':
		return unicodeAt(text)
	}
	return nil, 0
}

// unicodeAt undoes \uXXXX, and two of them that stand for one character.
func unicodeAt(text []byte) (plain []byte, size int) {
	first, ok := hexAt(text, 2, 4)
	if !ok {
		return nil, 0
	}
	if second, ok := hexAt(text, 8, 4); ok && text[6] == '\\' && text[7] == 'u' {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return utf8.AppendRune(nil, r), 12
		}
	}
	return utf8.AppendRune(nil, first), 6
}

// hexAt reads a number of n hexadecimal digits.
func hexAt(text []byte, at, n int) (code rune, ok bool) {
	if len(text) < at+n {
		return 0, false
	}
	value, err := strconv.ParseUint(string(text[at:at+n]), 16, 32)
	return rune(value), err == nil
}
