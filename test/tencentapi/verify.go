package tencentapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// authorization is the form of the header that carries a signature.
var authorization = regexp.MustCompile(`^TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d{2}-\d{2})/([a-z]+)/tc3_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)

// maxSkew is how far the clocks of the two sides may be apart.
const maxSkew = 5 * time.Minute

// verify checks the signature of a request for a service.
func verify(r *http.Request, body []byte, service string, want Credentials, now time.Time) error {
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil || m[3] != service {
		return &Failure{Code: "AuthFailure.SignatureFailure", Message: "no TC3 signature for " + service}
	}
	id, date, signed := m[1], m[2], strings.Split(m[4], ";")
	if id != want.ID {
		return &Failure{Code: "AuthFailure.SecretIdNotFound", Message: "the SecretId is not known"}
	}
	if r.Header.Get("X-TC-Token") != want.Token {
		return &Failure{Code: "AuthFailure.TokenFailure", Message: "the token does not belong to the SecretId"}
	}
	stamp := r.Header.Get("X-TC-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	at := time.Unix(seconds, 0).UTC()
	if err != nil || now.Sub(at).Abs() > maxSkew || at.Format(time.DateOnly) != date {
		return &Failure{Code: "AuthFailure.SignatureExpire", Message: "the time of the signature is not now"}
	}
	if !slices.Contains(signed, "content-type") || !slices.Contains(signed, "host") {
		return &Failure{Code: "AuthFailure.SignatureFailure", Message: "content-type and host are not signed"}
	}
	scope := date + "/" + service + "/tc3_request"
	text := "TC3-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hash([]byte(canonical(r, signed, body)))
	key := []byte("TC3" + want.Key)
	for _, part := range []string{date, service, "tc3_request", text} {
		key = code(key, part)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(key)), []byte(m[5])) {
		return &Failure{Code: "AuthFailure.SignatureFailure", Message: "the signature is wrong"}
	}
	return nil
}

// canonical is the request as it is signed.
func canonical(r *http.Request, signed []string, body []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n/\n%s\n", r.Method, r.URL.Query().Encode())
	for _, name := range signed {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		fmt.Fprintf(&b, "%s:%s\n", name, strings.TrimSpace(value))
	}
	fmt.Fprintf(&b, "\n%s\n%s", strings.Join(signed, ";"), hash(body))
	return b.String()
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func code(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text)) // never fails
	return mac.Sum(nil)
}
