package shipbell

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of a URL and of a registry's host.
const (
	maxURLBytes  = 2048
	maxHostBytes = 255
)

// maskRefused is the message for a mask in place of a secret.
const maskRefused = "this is the mask of a stored value and may only be sent back for one: write the value itself"

func (p *problems) checkTarget(at string, t *Target) {
	if why := urlProblem(t.URL); why != "" {
		p.add(at+".url", "%s", why)
	}
	p.checkHeaders(at+".headers", t.Headers)
	if t.Format != FormatTCR && t.Format != FormatCloudEvents {
		p.add(at+".format", "%q is not a format: write %q or %q", t.Format, FormatTCR, FormatCloudEvents)
	}
	if t.Template != "" {
		p.add(at+".template", "templates are not offered: leave this empty")
	}
	p.checkSecret(at+".secret", t.Secret)
}

// urlProblem says what keeps a URL from being a target's, or "". Where its
// address leads is decided when it is dialled.
func urlProblem(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return "write the URL that is to be called"
	case len(raw) > maxURLBytes:
		return fmt.Sprintf("%d bytes: at most %d", len(raw), maxURLBytes)
	case strings.Contains(raw, Mask):
		return "parts of this URL are masked: write it in full"
	case !utf8.ValidString(raw) || strings.ContainsFunc(raw, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }):
		return `spaces and control characters are not allowed: write "%20" for a space`
	case err != nil:
		return "this is not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return "a URL begins with http:// or https://"
	case u.Opaque != "" || u.Hostname() == "":
		return "the host is missing: write it after the two slashes, as in https://ci.example.com/"
	case u.User != nil:
		return "user information before the host is not allowed: use an Authorization header"
	case strings.Contains(raw, "#"):
		return `a fragment is never sent: leave out the "#" and what follows it`
	case strings.Contains(u.Hostname(), "%"):
		return "the host may not have a zone or a percent sign"
	case !portAllowed(u):
		return "the port is not between 1 and 65535"
	}
	return ""
}

// portAllowed reports whether the port is absent or one that can be dialled;
// url.Parse takes any digits.
func portAllowed(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}

// checkSecret checks a signing secret, whose form Standard Webhooks defines.
func (p *problems) checkSecret(field string, secret Secret) {
	text, err := secret.Reveal()
	if err != nil || text == "" {
		return
	}
	if secret.IsMask() {
		p.add(field, maskRefused)
		return
	}
	encoded, prefixed := strings.CutPrefix(text, "whsec_")
	// The decoder would pass over line breaks.
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !prefixed || err != nil || strings.ContainsAny(encoded, "\r\n") || len(key) < 24 || len(key) > 64 {
		p.add(field, `write "whsec_" and the base64 form of 24 to 64 random bytes`)
	}
}

// checkHost checks the host that resource URLs begin with.
func (p *problems) checkHost(field, host string) {
	u, err := url.Parse("https://" + host)
	switch {
	case host == "" || len(host) > maxHostBytes:
		p.add(field, "write the registry's host in at most %d bytes, such as reg.example.com", maxHostBytes)
	case strings.Contains(host, "://"):
		p.add(field, "leave out the scheme: write the host alone, such as reg.example.com")
	case err != nil || u.Hostname() == "" || u.User != nil || !plainHost(host) || !portAllowed(u) ||
		strings.Contains(u.Path+"/", "//"):
		p.add(field, "write a host, and a port or path if it has them, such as reg.example.com:5000/team")
	}
}

// plainHost reports whether every character can stand in a host, port or path
// prefix.
func plainHost(host string) bool {
	for _, r := range host {
		if r >= unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._:/[]", r) {
			return false
		}
	}
	return true
}
