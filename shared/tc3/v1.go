package tc3

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// readV1 reads a signature that is one of the parameters: of the query in a GET, of
// the form in a POST. It signs all the others, method, host and path.
func readV1(r *Request, now time.Time) (*Signature, error) {
	parameters, err := r.Parameters()
	if err != nil {
		return nil, err
	}
	if parameters["Signature"] == "" {
		return nil, failure(text.SignatureMissing)
	}
	if _, err := readTime(parameters["Timestamp"], now); err != nil {
		return nil, err
	}
	algorithm, known := map[string]func() hash.Hash{
		"": sha1.New, "HmacSHA1": sha1.New, "HmacSHA256": sha256.New,
	}[parameters["SignatureMethod"]]
	given, err := base64.StdEncoding.Strict().DecodeString(parameters["Signature"])
	switch {
	case !known:
		return nil, failure(text.SignatureMethod)
	case err != nil || len(given) != algorithm().Size():
		return nil, failure(text.SignatureNotBase64)
	case parameters["SecretId"] == "" || parameters["Nonce"] == "":
		return nil, failure(text.SignatureParameters)
	}
	return &Signature{
		SecretID: parameters["SecretId"], Parameters: parameters, given: given,
		texts: func(yield func(string) bool) {
			for _, host := range r.Hosts {
				for _, path := range r.Paths {
					if !yield(r.Method + host + path + "?" + sorted(parameters)) {
						return
					}
				}
			}
		},
		signer: func(secret string) func(string) []byte {
			return func(text string) []byte {
				h := hmac.New(algorithm, []byte(secret))
				h.Write([]byte(text))
				return h.Sum(nil)
			}
		},
	}, nil
}

// Parameters are those of a GET or a form, which v1 signs. There are none in any other
// request. An error is an Error: they cannot be read, or one is given twice.
func (r *Request) Parameters() (map[string]string, error) {
	form := r.Query
	if r.Method != http.MethodGet {
		// An error means that the type is another.
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if media != "application/x-www-form-urlencoded" {
			return nil, nil
		}
		form = string(r.Body)
	}
	values, err := url.ParseQuery(form)
	if err != nil {
		return nil, failure(text.SignatureForm)
	}
	parameters := make(map[string]string, len(values))
	for name, list := range values {
		if len(list) != 1 {
			return nil, failure(text.SignatureParameterTwice, name)
		}
		parameters[name] = list[0]
	}
	return parameters, nil
}

// sorted writes the parameters but the signature in the order of their names. What
// is in them is not escaped.
func sorted(parameters map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if name == "Signature" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + parameters[name])
	}
	return b.String()
}
