package tc3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// unsigned stands in place of the body where the client does not sign it.
const unsigned = "UNSIGNED-PAYLOAD"

func readTC3(r *Request, header string, now time.Time) (*Signature, error) {
	a, err := parseAuthorization(header)
	if err != nil {
		return nil, err
	}
	timestamp := r.Header.Get("X-TC-Timestamp")
	at, err := readTime(timestamp, now)
	if err != nil {
		return nil, err
	}
	if a.date != at.Format(time.DateOnly) {
		return nil, &Error{Code: Expired, Message: text.New(text.SignatureDate)}
	}
	payload := r.Body
	if r.Header.Get("X-TC-Content-SHA256") == unsigned {
		if !r.Secure {
			return nil, failure(text.SignatureNotTLS, unsigned)
		}
		payload = []byte(unsigned)
	}
	for name := range strings.SplitSeq(a.signedHeaders, ";") {
		if name != "host" && len(r.Header.Values(name)) == 0 {
			return nil, failure(text.SignatureHeaderAbsent, name)
		}
	}
	scope := a.date + "/" + a.service + "/" + terminator
	return &Signature{
		SecretID: a.secretID, Service: a.service, given: a.signature, products: r.products(),
		texts: func(yield func(string) bool) {
			for request := range a.canonical(r, payload) {
				if !yield(algorithm + "\n" + timestamp + "\n" + scope + "\n" + hexSum([]byte(request))) {
					return
				}
			}
		},
		signer: func(secret string) func(string) []byte {
			key := mac(mac(mac([]byte("TC3"+secret), a.date), a.service), terminator)
			return func(text string) []byte { return mac(key, text) }
		},
	}, nil
}

// canonical yields the forms in which a client may have written the request to sign
// it. The documents and the SDKs differ: about the place, see places; they say that
// values of headers are put in lower case, and Go's SDK leaves them; they take the query
// as it is sent, and Go's SDK sorts it, which it sends sorted too, but a proxy may not.
// All forms say the same, and each has the digest of the body, if that is signed.
func (a *authorization) canonical(r *Request, payload []byte) iter.Seq[string] {
	digest := hexSum(payload)
	return func(yield func(string) bool) {
		for _, at := range r.places() {
			verbatim := a.headers(r.Header, at.host)
			for _, query := range queries(r) {
				for _, headers := range alternatives(verbatim, strings.ToLower(verbatim)) {
					request := r.Method + "\n" + at.path + "\n" + query + "\n" + headers + "\n" + a.signedHeaders + "\n" + digest
					if !yield(request) {
						return
					}
				}
			}
		}
	}
}

// headers are the signed headers in the order of their list, a line each.
func (a *authorization) headers(h http.Header, host string) string {
	var b strings.Builder
	for name := range strings.SplitSeq(a.signedHeaders, ";") {
		value := host
		if name != "host" {
			value = strings.Join(h.Values(name), ",")
		}
		b.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	return b.String()
}

// queries are the forms of the query. Only that of a GET is signed.
func queries(r *Request) []string {
	if r.Method != http.MethodGet {
		return []string{""}
	}
	values, err := url.ParseQuery(r.Query)
	if err != nil {
		return []string{r.Query}
	}
	return alternatives(r.Query, values.Encode())
}

// alternatives leaves out the second text if it is the first again.
func alternatives(first, second string) []string {
	if first == second {
		return []string{first}
	}
	return []string{first, second}
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
