package webhook

import (
	"errors"
	"maps"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// How much of an answer is kept: of its body and, in bytes and lines, of its header.
const (
	maxExcerpt = 1 << 10
	maxMasked  = 16 << 10 // of the body, where secrets are looked for
	maxLines   = 24
	maxLine    = 256
)

// excerpt is the beginning of an answer's body as valid UTF-8 of at most 1 KiB,
// without half a character, without NUL, and with our own secrets masked, as
// some targets echo what they are sent.
func excerpt(body []byte, secrets [][]byte) string {
	body = mask(body[:min(len(body), maxMasked)], secrets)
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

// exchange is what is kept of a request and its answer beside the outcome. Values that are
// secrets of ours, and cookies, are masked.
func exchange(req *http.Request, resp safehttp.Response, secrets [][]byte) *shipbell.Exchange {
	x := &shipbell.Exchange{
		DNSMS: resp.DNS.Milliseconds(), ConnectMS: resp.Connect.Milliseconds(), TLSMS: resp.TLS.Milliseconds(),
		FirstByteMS: resp.FirstByte.Milliseconds(), Reused: resp.Reused,
		RequestBytes: req.ContentLength, AnswerBytes: resp.Size,
	}
	if resp.Remote.IsValid() {
		x.Remote = netip.AddrPortFrom(resp.Remote.Addr().Unmap(), resp.Remote.Port()).String()
	}
	x.Header = lines(resp.Header, secrets)
	return x
}

// lines are those of a header that are kept.
func lines(h http.Header, secrets [][]byte) []shipbell.HeaderLine {
	var all []byte
	n := 0
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if name == "Date" { // when it was is known
			continue
		}
		for _, value := range h[name] {
			value = shown(name, value)
			if n == maxLines || len(all)+len(name)+len(value) > maxMasked {
				continue
			}
			n++
			all = append(append(append(append(all, name...), ':'), value...), '\n')
		}
	}
	if n == 0 {
		return nil
	}
	list := make([]shipbell.HeaderLine, 0, n)
	for line := range strings.Lines(string(mask(all, secrets))) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		list = append(list, shipbell.HeaderLine{cut(name), cut(value)})
	}
	return list
}

// shown is what may be kept of a header's value, but for secrets of ours.
func shown(name, value string) string {
	switch name {
	case "Set-Cookie", "Set-Cookie2":
		return shipbell.Mask
	case "Location", "Content-Location":
		return withoutQuery(value)
	}
	return value
}

// cut is the beginning of a line, in UTF-8.
func cut(line string) string {
	return strings.ToValidUTF8(line[:min(len(line), maxLine)], "\uFFFD")
}

// location is where a redirect leads, without its query and with secrets masked.
func location(h http.Header, secrets [][]byte) string {
	if h["Location"] == nil {
		return ""
	}
	return cut(string(mask([]byte(withoutQuery(h.Get("Location"))), secrets)))
}

// withoutQuery is a URL or a reference without user information, query and fragment.
func withoutQuery(reference string) string {
	reference, _, _ = strings.Cut(reference, "#")
	reference, _, _ = strings.Cut(reference, "?")
	scheme, rest, found := strings.Cut(reference, "//")
	if !found {
		return reference
	}
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		rest = authority[at+1:] + "/" + path
	}
	return scheme + "//" + rest
}
