package console

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// plain makes a text from outside show itself and do nothing else: characters that
// would hide, or turn the writing round, are written as \x1b or \u202e. Lines stay.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// shortDigest is how much of a digest is enough to tell it from others.
const shortDigest = len("sha256:") + 12

func short(digest string) string {
	if len(digest) <= shortDigest {
		return plain(digest)
	}
	return plain(digest[:shortDigest]) + "…"
}

// ahead says how long it is until a moment, roughly.
func (l *language) ahead(d time.Duration) string {
	switch {
	case d <= 0:
		return l.text("ahead.now")
	case d < 2*time.Minute:
		return l.text("ahead.seconds", int(d.Round(time.Second).Seconds()))
	case d < 2*time.Hour:
		return l.text("ahead.minutes", int(d.Round(time.Minute).Minutes()))
	}
	return l.text("ahead.hours", int(d.Round(time.Hour).Hours()))
}
