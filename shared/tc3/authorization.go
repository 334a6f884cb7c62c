package tc3

import (
	"encoding/hex"
	"strings"
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
func parseAuthorization(text string) (a authorization, err error) {
	rest, ok := strings.CutPrefix(text, algorithm+" ")
	if !ok {
		return a, failure("the Authorization header is not one of %s", algorithm)
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, again := parts[name]; again || len(parts) == 3 {
			return a, failure("the Authorization header has more than Credential, SignedHeaders and Signature")
		}
		parts[name] = value
	}
	credential := strings.Split(parts["Credential"], "/")
	if len(credential) != 4 || credential[0] == "" || credential[2] == "" || credential[3] != terminator {
		return a, failure("the Credential is not ID/DATE/SERVICE/%s", terminator)
	}
	a.secretID, a.date, a.service = credential[0], credential[1], credential[2]
	a.signedHeaders = parts["SignedHeaders"]
	a.signature, err = hex.DecodeString(parts["Signature"])
	if err != nil || len(a.signature) != 32 {
		return a, failure("the Signature is not the hexadecimal form of 32 bytes")
	}
	return a, a.checkHeaders()
}

// checkHeaders refuses lists that leave out what must be signed, or that can be read
// in two ways.
func (a *authorization) checkHeaders() error {
	seen := map[string]bool{}
	for name := range strings.SplitSeq(a.signedHeaders, ";") {
		if name == "" || seen[name] || len(seen) == maxSignedHeaders || strings.ContainsFunc(name, notInName) {
			return failure("SignedHeaders is not a list of different names in lower case, separated by semicolons")
		}
		seen[name] = true
	}
	if !seen["content-type"] || !seen["host"] {
		return failure("SignedHeaders must have content-type and host")
	}
	return nil
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
