package shipbell

import (
	"crypto/tls"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/text"
)

// The limits of a URL and of a registry's host.
const (
	maxURLBytes  = 2048
	maxHostBytes = 255
)

func (p *problems) checkTarget(at string, t *Target) {
	if problem := urlProblem(t.URL); !problem.IsZero() {
		p.addMessage(at+".url", problem)
	}
	p.checkHeaders(at+".headers", t.Headers, t.Auth.Header)
	if !t.Format.Valid() {
		p.add(at+".format", text.FormatUnknown, t.Format, listFormats())
	}
	p.checkTemplates(at, t)
	p.checkOptions(at, &t.Options)
	if t.Auth.Scheme == "" || t.Auth.Scheme == AuthStandard {
		p.checkSecret(at+".secret", t.Secret)
	} else {
		p.checkAuthSecret(at+".secret", t)
	}
	p.checkKeyPair(at, t)
}

// checkAuthSecret checks a secret that is not one of Standard Webhooks: any text that a
// header can have.
func (p *problems) checkAuthSecret(field string, t *Target) {
	clear := p.checkValue(field, t.Secret)
	switch {
	case t.Secret.Empty():
		p.add(field, text.OptionMissing)
	case len(clear) > maxOptionBytes:
		p.add(field, text.SizeTooLarge, len(clear), maxOptionBytes)
	}
}

// checkKeyPair checks that a client's certificate has its key.
func (p *problems) checkKeyPair(at string, t *Target) {
	key, err := t.CertificateKey.Reveal()
	switch {
	case t.CertificateKey.IsMask():
		p.add(at+".certificate_key", text.SecretMasked)
	case err != nil:
	case t.Certificate == "" && key != "":
		p.add(at+".certificate", text.OptionMissing)
	case t.Certificate != "" && key == "":
		p.add(at+".certificate_key", text.OptionMissing)
	case t.Certificate != "":
		if _, err := tls.X509KeyPair([]byte(t.Certificate), []byte(key)); err != nil {
			p.add(at+".certificate_key", text.OptionKeyPair)
		}
	}
}

// urlProblem says what keeps a URL from being a target's, or nothing. Where its
// address leads is decided when it is dialled.
func urlProblem(raw string) text.Message {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return text.New(text.URLMissing)
	case len(raw) > maxURLBytes:
		return text.New(text.SizeTooLarge, len(raw), maxURLBytes)
	case strings.Contains(raw, Mask):
		return text.New(text.URLMasked)
	case !utf8.ValidString(raw) || strings.ContainsFunc(raw, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }):
		return text.New(text.URLSpace)
	case err != nil:
		return text.New(text.URLInvalid)
	case u.Scheme != "http" && u.Scheme != "https":
		return text.New(text.URLScheme)
	case u.Opaque != "" || u.Hostname() == "":
		return text.New(text.URLHostMissing)
	case u.User != nil:
		return text.New(text.URLUser)
	case strings.Contains(raw, "#"):
		return text.New(text.URLFragment)
	case strings.Contains(u.Hostname(), "%"):
		return text.New(text.URLZone)
	case !portAllowed(u):
		return text.New(text.URLPort)
	}
	if _, err := ParseURL(raw); err != nil {
		return text.New(text.URLInvalid)
	}
	return text.Message{}
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
	clear, err := secret.Reveal()
	if err != nil || clear == "" {
		return
	}
	if secret.IsMask() {
		p.add(field, text.SecretMasked)
		return
	}
	if _, ok := ReadSigningKey(clear); !ok {
		p.add(field, text.SecretInvalid)
	}
}

// checkHost checks the host that resource URLs begin with.
func (p *problems) checkHost(field, host string) {
	u, err := url.Parse("https://" + host)
	switch {
	case host == "" || len(host) > maxHostBytes:
		p.add(field, text.HostTooLong, maxHostBytes)
	case strings.Contains(host, "://"):
		p.add(field, text.HostWithScheme)
	case err != nil || u.Hostname() == "" || u.User != nil || !plainHost(host) || !portAllowed(u) ||
		strings.Contains(u.Path+"/", "//"):
		p.add(field, text.HostInvalid)
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
