package template

import (
	"bytes"
	"encoding/hex"
	"net/url"
	"sort"
	"strings"
)

const zeroWidthSpace = "\u200b"

// disarm puts a space without width into whatever of a text calls people in a chat, such as
// @everyone or <!channel>, if it came from a value, if only in part. What the template's own
// text has stays, and so do e-mail addresses and name@sha256:… .
func disarm(kind Kind, out []byte, printed []span) []byte {
	m, sign, behind := mentions{out, printed}, zeroWidthSpace, func(i int) int { return i + 1 }
	if kind == Form {
		m, behind = readForm(out, printed)
		sign = url.QueryEscape(zeroWidthSpace)
	}
	if !bytes.ContainsAny(m.out, "@<") || len(printed) == 0 {
		return out
	}
	var safe []byte
	done, word := 0, false
	for i := 0; i < len(m.out); i++ {
		switch c := m.out[i]; {
		case kind == JSON && c == '\\': // no letter stands behind it, whatever the escape is of
			if i++; i < len(m.out) && m.out[i] == 'u' {
				i += 4
			}
			word = false
		case c == '@' && m.names(i, word), c == '<' && m.opens(i):
			safe = append(append(safe, out[done:behind(i)]...), sign...)
			done, word = behind(i), false
		default:
			word = isWord(c)
		}
	}
	return append(safe, out[done:]...)
}

// readForm is what a form says without its escapes, and where in the form the byte at i ends.
// A byte of which any part came from a value came from it.
func readForm(form []byte, printed []span) (m mentions, behind func(i int) int) {
	ends, place := []int{}, make([]int, len(form)+1)
	for at := 0; at < len(form); {
		c, length := form[at], 1
		var raw [1]byte
		if c == '%' && at+2 < len(form) {
			if _, err := hex.Decode(raw[:], form[at+1:at+3]); err == nil {
				c, length = raw[0], 3
			}
		}
		for range length {
			place[at] = len(m.out)
			at++
		}
		m.out, ends = append(m.out, c), append(ends, at)
	}
	for _, s := range printed {
		if s.begin < s.end {
			m.printed = append(m.printed, span{place[s.begin], place[s.end-1] + 1})
		}
	}
	return m, func(i int) int { return ends[i] }
}

// mentions finds in a text what calls people.
type mentions struct {
	out     []byte
	printed []span
}

// names reports whether the @ at i calls somebody. word tells that a letter or digit stands
// before it.
func (m mentions) names(i int, word bool) bool {
	rest := m.out[i+1:]
	group := groupName(rest)
	if group > 0 && !(word && isDomain(rest)) {
		return m.fromValue(i, i+1+group)
	}
	return !word && len(rest) > 0 && (isWord(rest[0]) || rest[0] >= 0x80) && m.fromValue(i, i+1)
}

// opens reports whether the < at i begins <!channel>, <@user>, <users/all> or <at …>.
func (m mentions) opens(i int) bool {
	rest := m.out[i+1:]
	for _, sign := range []string{"!", "@", "users/", "at ", "at>"} {
		if len(rest) < len(sign) || !strings.EqualFold(string(rest[:len(sign)]), sign) {
			continue
		}
		end := i + 1 + len(sign)
		return m.fromValue(i, end) || m.fromValue(end, end+groupName(m.out[end:]))
	}
	return false
}

// fromValue reports whether a part of the text came from a value, if only in part.
func (m mentions) fromValue(begin, end int) bool {
	at := sort.Search(len(m.printed), func(n int) bool { return m.printed[n].end > begin })
	return at < len(m.printed) && m.printed[at].begin < end
}

// groupName is the length of the name of a group that the text begins with, or 0.
func groupName(rest []byte) int {
	for _, name := range []string{"everyone", "channel", "here", "all"} {
		if len(rest) >= len(name) && strings.EqualFold(string(rest[:len(name)]), name) {
			return len(name)
		}
	}
	return 0
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// isDomain reports whether a text begins with a name that has a dot, as e-mail addresses do.
func isDomain(rest []byte) bool {
	for i, c := range rest {
		switch {
		case c == '.' && i+1 < len(rest) && isWord(rest[i+1]):
			return true
		case !isWord(c) && c != '-':
			return false
		}
	}
	return false
}
