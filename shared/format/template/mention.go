package template

import (
	"bytes"
	"sort"
	"strings"
)

const zeroWidthSpace = "\u200b"

// disarm puts a space without width into whatever of a JSON text calls people in a chat, such
// as @everyone or <!channel>, if it came from a value, if only in part. What the template's
// own text has stays, and so do e-mail addresses and name@sha256:… .
func disarm(out []byte, printed []span) []byte {
	if !bytes.ContainsAny(out, "@<") || len(printed) == 0 {
		return out
	}
	m := mentions{out, printed}
	var safe []byte
	done, word := 0, false
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case c == '\\': // no letter stands behind it, whatever the escape is of
			if i++; i < len(out) && out[i] == 'u' {
				i += 4
			}
			word = false
		case c == '@' && m.names(i, word), c == '<' && m.opens(i):
			safe = append(append(safe, out[done:i+1]...), zeroWidthSpace...)
			done, word = i+1, false
		default:
			word = isWord(c)
		}
	}
	return append(safe, out[done:]...)
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
