package webhook

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxExcerpt is how many bytes of an answer's body are kept.
const maxExcerpt = 1 << 10

// excerpt is the beginning of an answer's body as valid UTF-8 of at most 1 KiB,
// without half a character, without NUL, and with our own secrets masked, as
// some targets echo what they are sent.
func excerpt(body []byte, secrets []string) string {
	body = mask(body, secrets)
	var b strings.Builder
	b.Grow(min(len(body), maxExcerpt))
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		if r == 0 {
			r = utf8.RuneError
		}
		if b.Len()+utf8.RuneLen(r) > maxExcerpt {
			break
		}
		b.WriteRune(r)
		body = body[size:]
	}
	return b.String()
}

// retryAfter reads a Retry-After header: a number of seconds, or a date. It is 0
// for a date that has passed and for a text that is neither.
func retryAfter(text string, now time.Time) time.Duration {
	seconds, err := strconv.ParseUint(text, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, math.MaxInt64/uint64(time.Second))) * time.Second
	}
	date, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(0, date.Sub(now))
}
