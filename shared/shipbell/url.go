package shipbell

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// ParseURL reads a target's URL and gives the form in which it is looked up, sent and judged.
// It means the same: the host is in lower case, and in ASCII as DNS has it; what is not
// ASCII in path and query is percent-encoded, and nothing else is, so that "%2F" stays what
// it is. The error may quote the URL.
func ParseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, err
	}
	host := strings.ToLower(u.Host)
	if !isASCII(host) {
		name, port := u.Hostname(), u.Port()
		if name, err = idna.Lookup.ToASCII(strings.ToLower(name)); err != nil {
			return nil, err
		}
		if host = name; port != "" {
			host += ":" + port
		}
	}
	// Path and RawPath are read again: of a path that is not ASCII, url.Parse forgets which
	// of its characters were escaped.
	path := u.RawPath
	if path == "" {
		path = u.EscapedPath()
	}
	path = escapeRaw(path, "\"<>\\^`{|}")
	if u.Path, err = url.PathUnescape(path); err != nil {
		return nil, err
	}
	u.Host, u.RawPath, u.RawQuery = host, path, escapeRaw(u.RawQuery, "")
	return u, nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}

// escapeRaw percent-encodes what is not ASCII, spaces, controls, and some more characters.
func escapeRaw(s, more string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || strings.IndexByte(more, c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Origin is the scheme, host and port of a URL in lower case, with the scheme's
// own port filled in: "https://ci.example.com:443". Secrets belong to an origin.
// It is "" for a text that is no URL.
func Origin(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// MaskURL hides what may be secret in a URL: user information, the values of the query
// and, if pathSecret says so or the host is a known chat service's, the path.
func MaskURL(rawURL string, pathSecret bool) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Opaque != "" {
		return Mask
	}
	masked := (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
	switch {
	case (pathSecret || SecretPathHost(u.Hostname())) && u.Path != "" && u.Path != "/":
		masked += "/" + Mask
	default:
		masked += u.EscapedPath()
	}
	if u.RawQuery == "" && !u.ForceQuery {
		return masked
	}
	pairs := strings.Split(u.RawQuery, "&")
	for i, pair := range pairs {
		// A query without names may be a secret itself.
		if key, _, named := strings.Cut(pair, "="); named {
			pairs[i] = key + "=" + Mask
		} else {
			pairs[i] = Mask
		}
	}
	return masked + "?" + strings.Join(pairs, "&")
}

// SecretPathHost reports whether a host is one of a chat or automation service whose
// webhooks have their secret in the path.
func SecretPathHost(host string) bool {
	host = strings.ToLower(host)
	if ascii, err := idna.Lookup.ToASCII(host); err == nil && !isASCII(host) {
		host = ascii
	}
	host = strings.TrimSuffix(host, ".")
	return slices.ContainsFunc(secretPathHosts(), func(known string) bool {
		return host == known || strings.HasSuffix(host, "."+known)
	})
}

// secretPathHosts are those of SecretPathHost; what lies below them counts as well.
func secretPathHosts() []string {
	return []string{
		"hooks.slack.com", "hooks.slack-gov.com",
		"discord.com", "discordapp.com",
		"webhook.office.com", "outlook.office.com", "outlook.office365.com", // Teams
		"logic.azure.com", "api.powerplatform.com", // Power Automate
		"feishu.cn", "larksuite.com", "larkoffice.com",
		"api.telegram.org", "webexapis.com",
		"hooks.zapier.com", "maker.ifttt.com", "make.com",
	}
}
