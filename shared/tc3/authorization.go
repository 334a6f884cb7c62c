package tc3

import (
	"encoding/hex"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// The fixed words of TC3-HMAC-SHA256.
const (
	algorithm  = "TC3-HMAC-SHA256"
	terminator = "tc3_request"
)

// authorization is an Authorization header, taken apart:
//
//	TC3-HMAC-SHA256 Credential=ID/2026-11-22/tcr/tc3_request, SignedHeaders=content-type;host, Signature=HEX
type authorization struct {
	secretID, date, service string
	// signedHeaders are the names in their order, as they were written.
	signedHeaders string
	signature     []byte
}

const maxSignedHeaders = 50

// parseAuthorization takes a header apart. Its three parts may come in any order.
func parseAuthorization(header string) (a authorization, err error) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return a, failure(text.SignatureAlgorithm, algorithm)
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, again := parts[name]; again || len(parts) == 3 {
			return a, failure(text.SignatureParts)
		}
		parts[name] = value
	}
	// Some SDKs take an endpoint's path for a part of the product's name.
	credential := strings.Split(parts["Credential"], "/")
	last := len(credential) - 1
	if last < 3 || credential[0] == "" || credential[2] == "" || credential[last] != terminator {
		return a, failure(text.SignatureCredential, terminator)
	}
	a.secretID, a.date, a.service = credential[0], credential[1], strings.Join(credential[2:last], "/")
	a.signedHeaders = parts["SignedHeaders"]
	a.signature, err = hex.DecodeString(parts["Signature"])
	if err != nil || len(a.signature) != 32 {
		return a, failure(text.SignatureNotHex)
	}
	return a, a.checkHeaders()
}

// checkHeaders refuses lists that leave out what must be signed, or that can be read
// in two ways.
func (a *authorization) checkHeaders() error {
	seen := map[string]bool{}
	for name := range strings.SplitSeq(a.signedHeaders, ";") {
		if name == "" || seen[name] || len(seen) == maxSignedHeaders || strings.ContainsFunc(name, notInName) {
			return failure(text.SignatureHeaders)
		}
		seen[name] = true
	}
	if !seen["content-type"] || !seen["host"] {
		return failure(text.SignatureHeadersRequired)
	}
	return nil
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
