package webhook

import (
	"bytes"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	// maxExcerpt is how many bytes of an answer's body are kept.
	maxExcerpt = 1 << 10
	// minSecret is the length from which a value is masked in an answer. Shorter
	// ones, such as "1" or "true", are no secrets and are found in any text.
	minSecret = 6
)

// excerpt is the beginning of an answer's body as valid UTF-8 of at most 1 KiB,
// without half a character, without NUL, and with our own secrets masked, as
// some targets echo what they are sent.
func excerpt(body []byte, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= minSecret && bytes.Contains(body, []byte(secret)) {
			body = bytes.ReplaceAll(body, []byte(secret), []byte(shipbell.Mask))
		}
	}
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
