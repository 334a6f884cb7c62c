package shipbell

import (
	"fmt"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/shipbell/shipbell/shared/text"
)

// The limits of a target's own headers.
const (
	maxHeaders     = 32
	maxHeaderBytes = 8 << 10
)

// checkHeaders checks a target's own headers. None may be the one that the target's auth sets.
func (p *problems) checkHeaders(at string, headers []Header, ofAuth string) {
	if n := len(headers); n > maxHeaders {
		p.add(at, text.HeadersTooMany, n, maxHeaders)
	}
	size, seen := 0, make(map[string]bool)
	for i, h := range headers {
		field := fmt.Sprintf("%s[%d]", at, i)
		lower := strings.ToLower(h.Key)
		switch {
		case !httpguts.ValidHeaderFieldName(h.Key):
			p.add(field+".key", text.HeaderNameInvalid, h.Key)
		case reservedHeader(lower):
			p.add(field+".key", text.HeaderReserved, h.Key)
		case strings.EqualFold(h.Key, ofAuth):
			p.add(field+".key", text.HeaderOfAuth, h.Key)
		case seen[lower]:
			p.add(field+".key", text.HeaderListedTwice, h.Key)
		}
		seen[lower] = true
		if len(h.Values) == 0 {
			p.add(field+".values", text.HeaderValueMissing)
		}
		for j, value := range h.Values {
			size += len(h.Key) + len(p.checkValue(fmt.Sprintf("%s.values[%d]", field, j), value))
		}
	}
	if size > maxHeaderBytes {
		p.add(at, text.HeadersTooLarge, size, maxHeaderBytes)
	}
}

// checkValue checks a header value and returns its text. One that could not be
// opened was checked when it was stored.
func (p *problems) checkValue(field string, value Secret) string {
	clear, err := value.Reveal()
	switch {
	case err != nil:
		return ""
	case value.IsMask():
		p.add(field, text.SecretMasked)
	case !httpguts.ValidHeaderFieldValue(clear):
		p.add(field, text.HeaderValueInvalid)
	}
	return clear
}

// ValidHeader reports whether net/http can send a header of this name and value.
func ValidHeader(name, value string) bool {
	return httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(value)
}

// reservedHeader reports whether a lower-case header name belongs to the
// connection, the body or Shipbell.
func reservedHeader(lower string) bool {
	switch lower {
	case "host", "transfer-encoding", "te", "trailer", "connection", "keep-alive", "upgrade", "expect", "accept-encoding":
		return true
	}
	for _, prefix := range []string{"content-", "proxy-", "webhook-", "x-shipbell-"} {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	return false
}
