package shipbell

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/shipbell/shipbell/shared/text"
)

// The limits of a target's options.
const (
	minTimeout, maxTimeout = 1, 60 // seconds
	maxRate                = 6000  // a minute
	minPause, maxPause     = time.Hour, 30 * 24 * time.Hour
	maxFields              = 32
	maxOptionBytes         = 1024 // of a text
	maxPEMBytes            = 32 << 10
	maxStatuses            = 20
	maxValues              = 20
)

// checkOptions checks what does not depend on the format.
func (p *problems) checkOptions(at string, o *Options) {
	p.oneOf(at+".method", o.Method, "", http.MethodPost, http.MethodPut)
	p.inRange(at+".timeout", o.Timeout, minTimeout, maxTimeout)
	p.inRange(at+".rate", o.Rate, 1, maxRate)
	p.checkAutoPause(at+".auto_pause", o)
	p.checkAuth(at+".auth", &o.Auth)
	p.checkSuccess(at+".success", &o.Success)
	p.checkStatuses(at+".permanent", o.Permanent)
	p.checkStatuses(at+".busy.statuses", o.Busy.Statuses)
	p.checkFieldIs(at+".busy.json", o.Busy.JSON)
	p.fits(at+".busy.retry_after", o.Busy.RetryAfter)
	p.checkPEM(at+".ca", o.CA)
	p.checkPEM(at+".certificate", o.Certificate)
	if o.CA != "" && o.Insecure {
		p.add(at+".insecure", text.OptionAgainst, "ca")
	}
}

func (p *problems) checkAutoPause(field string, o *Options) {
	if after := o.PauseAfter(); o.AutoPause != "" && (after < minPause || after > maxPause) {
		p.add(field, text.AutoPauseInvalid, o.AutoPause)
	}
}

// inRange checks a number of which 0 is none.
func (p *problems) inRange(field string, n, from, to int) {
	if n != 0 && (n < from || n > to) {
		p.add(field, text.OptionRange, from, to)
	}
}

// fits checks the length of a text.
func (p *problems) fits(field, value string) {
	if len(value) > maxOptionBytes {
		p.add(field, text.SizeTooLarge, len(value), maxOptionBytes)
	}
}

func (p *problems) oneOf(field, value string, known ...string) {
	if !slices.Contains(known, value) {
		p.add(field, text.OptionUnknown, value, strings.Join(slices.DeleteFunc(known, func(k string) bool { return k == "" }), ", "))
	}
}

func (p *problems) checkAuth(at string, a *Auth) {
	schemes := []string{""}
	for _, s := range AuthSchemes() {
		schemes = append(schemes, string(s))
	}
	p.oneOf(at+".scheme", string(a.Scheme), schemes...)
	p.oneOf(at+".algorithm", a.Algorithm, "", "sha1", "sha256", "sha512")
	inHeader := a.Scheme == AuthHMAC || a.Scheme == AuthToken
	switch lower := strings.ToLower(a.Header); {
	case inHeader && !httpguts.ValidHeaderFieldName(a.Header):
		p.add(at+".header", text.HeaderNameInvalid, a.Header)
	case inHeader && reservedHeader(lower):
		p.add(at+".header", text.HeaderReserved, a.Header)
	case !inHeader && a.Header != "":
		p.add(at+".header", text.OptionAgainst, cmp.Or(a.Scheme, AuthStandard))
	}
	switch {
	case !inHeader && a.Prefix != "":
		p.add(at+".prefix", text.OptionAgainst, cmp.Or(a.Scheme, AuthStandard))
	case len(a.Prefix) > maxOptionBytes || !httpguts.ValidHeaderFieldValue(a.Prefix):
		p.add(at+".prefix", text.HeaderValueInvalid)
	}
	if a.Algorithm != "" && a.Scheme != AuthHMAC {
		p.add(at+".algorithm", text.OptionAgainst, cmp.Or(a.Scheme, AuthStandard))
	}
}

func (p *problems) checkSuccess(at string, s *Success) {
	if len(s.Statuses) > maxStatuses {
		p.add(at+".statuses", text.OptionTooMany, len(s.Statuses), maxStatuses)
	}
	for i, status := range s.Statuses {
		if !statusPattern().MatchString(status) {
			p.add(fmt.Sprintf("%s.statuses[%d]", at, i), text.OptionStatusPattern, status)
		}
	}
	p.checkFieldIs(at+".json", s.JSON)
	p.fits(at+".text", s.Text)
	p.fits(at+".body", s.Body)
}

// statusPattern matches "204" and "2xx", of statuses that end a request.
func statusPattern() *regexp.Regexp { return regexp.MustCompile(`^[2-5](xx|\d\d)$`) }

func (p *problems) checkStatuses(at string, statuses []int) {
	if len(statuses) > maxStatuses {
		p.add(at, text.OptionTooMany, len(statuses), maxStatuses)
	}
	for i, status := range statuses {
		if status < 200 || status > 599 {
			p.add(fmt.Sprintf("%s[%d]", at, i), text.OptionRange, 200, 599)
		}
	}
}

func (p *problems) checkFieldIs(at string, f FieldIs) {
	switch {
	case f.Path == "" && len(f.Values) > 0:
		p.add(at+".path", text.OptionMissing)
	case f.Path != "" && len(f.Values) == 0:
		p.add(at+".values", text.OptionMissing)
	case len(f.Values) > maxValues:
		p.add(at+".values", text.OptionTooMany, len(f.Values), maxValues)
	case len(f.Path) > maxOptionBytes:
		p.add(at+".path", text.SizeTooLarge, len(f.Path), maxOptionBytes)
	}
}

// checkPEM checks a text that is one or more certificates in PEM, and nothing else.
func (p *problems) checkPEM(field, certificates string) {
	if certificates == "" {
		return
	}
	if len(certificates) > maxPEMBytes {
		p.add(field, text.SizeTooLarge, len(certificates), maxPEMBytes)
		return
	}
	rest := []byte(certificates)
	for strings.TrimSpace(string(rest)) != "" {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			p.add(field, text.OptionCertificate)
			return
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			p.add(field, text.OptionCertificate)
			return
		}
	}
}
