package webhook

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	// minSecret is the length in bytes from which a secret is masked. Shorter ones, such
	// as "1" or "true", are found in any text.
	minSecret = 6
	// maxLayers is how often what is escaped may be escaped again and still be found.
	maxLayers = 4
	// minLong is the length from which a secret is masked even if it is shorter without
	// its escapes, and its beginning where the answer was cut.
	minLong = 8
)

// mask replaces the secrets in an answer, of which forms made what is wanted, by masks, in whatever form a target may send
// them back: as they are, in other case, escaped as in JSON, URLs or HTML, once or
// several times, in hexadecimal or base64. It does not hold against a target that
// disguises what it knows on purpose.
func mask(body []byte, wanted [][]byte) []byte {
	if len(wanted) == 0 || len(body) == 0 {
		return body
	}
	var found []span
	layer := plainLayer(body)
	for range maxLayers {
		found = layer.find(found, wanted)
		next := layer.unescape()
		if bytes.Equal(next.text, layer.text) {
			break
		}
		layer = next
	}
	return replace(body, found)
}

// forms are the texts to look for in a folded layer.
func forms(secrets []string) [][]byte {
	var all [][]byte
	for _, secret := range secrets {
		if len(secret) < minSecret {
			continue
		}
		// A secret that looks escaped itself is undone with the answer.
		layer := plainLayer([]byte(secret))
		for range maxLayers {
			all = append(all, encodings(layer.text)...)
			next := layer.unescape()
			if bytes.Equal(next.text, layer.text) || len(next.text) < minSecret && len(secret) < minLong {
				break
			}
			layer = next
		}
	}
	return all
}

// encodings are a secret and what it becomes in other alphabets, folded.
func encodings(secret []byte) [][]byte {
	all := [][]byte{fold(secret), fold(asLatin1(secret)), []byte(hex.EncodeToString(secret))}
	for shift := range 3 {
		all = append(all, fold(base64Core(secret, shift)))
	}
	return all
}

// asLatin1 is what a reader sees who takes the bytes of a text for ISO 8859-1.
func asLatin1(text []byte) []byte {
	seen := make([]byte, 0, len(text))
	for _, c := range text {
		seen = utf8.AppendRune(seen, rune(c))
	}
	return seen
}

// base64Core are the characters that the base64 of any text has which holds the secret
// behind 3n+shift bytes.
func base64Core(secret []byte, shift int) []byte {
	encoded := base64.RawStdEncoding.AppendEncode(nil, append(make([]byte, shift), secret...))
	first := (shift*8 + 5) / 6            // the first character of the secret alone
	last := (shift + len(secret)) * 8 / 6 // behind the last one
	return encoded[first:last]
}

// fold makes alike what differs by case only, or by the alphabet of base64, or by how a
// form writes a space. It changes no length.
func fold(text []byte) []byte {
	folded := make([]byte, len(text))
	for i, c := range text {
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == '+' || c == ' ':
			c = '-'
		case c == '/':
			c = '_'
		}
		folded[i] = c
	}
	return folded
}

// span is a part of an answer.
type span struct{ begin, end int }

// layer is an answer with some of its escapes undone.
type layer struct {
	text []byte
	// from is where in the answer each byte of the text comes from.
	from []span
}

func plainLayer(body []byte) layer {
	l := layer{body, make([]span, len(body))}
	for i := range body {
		l.from[i] = span{i, i + 1}
	}
	return l
}

// unescape undoes one level of escapes.
func (l layer) unescape() layer {
	next := layer{make([]byte, 0, len(l.text)), make([]span, 0, len(l.text))}
	for i := 0; i < len(l.text); {
		plain, size := unescapeAt(l.text[i:])
		from := span{l.from[i].begin, l.from[i+size-1].end}
		for _, c := range plain {
			next.text, next.from = append(next.text, c), append(next.from, from)
		}
		i += size
	}
	return next
}

// find appends the parts of the answer that hold a wanted text, or end with the
// beginning of one.
func (l layer) find(found []span, wanted [][]byte) []span {
	text := fold(l.text)
	for _, secret := range wanted {
		for at := 0; ; {
			i := bytes.Index(text[at:], secret)
			if i < 0 {
				break
			}
			at += i + len(secret)
			found = append(found, span{l.from[at-len(secret)].begin, l.from[at-1].end})
		}
		for n := min(len(secret)-1, len(text)); n >= minLong; n-- {
			if bytes.HasSuffix(text, secret[:n]) {
				found = append(found, span{l.from[len(text)-n].begin, l.from[len(text)-1].end})
				break
			}
		}
	}
	return found
}

// replace puts one mask in place of each part, and of parts that overlap.
func replace(body []byte, parts []span) []byte {
	if len(parts) == 0 {
		return body
	}
	slices.SortFunc(parts, func(a, b span) int { return a.begin - b.begin })
	var masked []byte
	end := 0
	for i := 0; i < len(parts); {
		one := parts[i]
		for i++; i < len(parts) && parts[i].begin < one.end; i++ {
			one.end = max(one.end, parts[i].end)
		}
		masked = append(append(masked, body[end:one.begin]...), shipbell.Mask...)
		end = one.end
	}
	return append(masked, body[end:]...)
}
