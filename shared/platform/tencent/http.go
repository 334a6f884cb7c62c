package tencent

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/shipbell/shipbell/shared/platform/invocation"
)

// request is the event of a Function URL or an API gateway. A Function URL omits
// isBase64Encoded and may omit requestContext.
type request struct {
	Method  string            `json:"httpMethod"`
	Path    string            `json:"path"`
	Headers map[string]values `json:"headers"`
	// Query is the whole query, unescaped. An API gateway repeats the parameters that
	// are configured for it.
	Query      map[string]values `json:"queryString"`
	Parameters map[string]values `json:"queryStringParameters"`
	Body       string            `json:"body"`
	Base64     json.RawMessage   `json:"isBase64Encoded"` // true, or "true"
	Context    struct {
		SourceIP string `json:"sourceIp"`
	} `json:"requestContext"`
}

// values are the values of a header or query parameter: a string, a list of them,
// or true (or null) for a parameter without a value.
type values []string

// UnmarshalJSON implements json.Unmarshaler.
func (v *values) UnmarshalJSON(data []byte) error {
	switch data[0] {
	case '[':
		return json.Unmarshal(data, (*[]string)(v))
	case '"':
		*v = values{""}
		return json.Unmarshal(data, &(*v)[0])
	case 't', 'n':
		*v = values{""}
		return nil
	}
	return fmt.Errorf("%.20s is not the value of a header or a query parameter", data)
}

var errNotHTTP = errors.New("the event is not an HTTP request")

// maxHTTPAnswer is how large an answer SCF passes on.
const maxHTTPAnswer = 6 << 20

// handleHTTP turns the event of a Function URL or an API gateway into a request, and what
// the handler answers into an answer that both read. The request's remote address
// is the one that the platform saw.
func handleHTTP(h http.Handler) handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var e request
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		r, err := e.read()
		if err != nil {
			return nil, err
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		return encode(r.Serve(ctx, h))
	}
}

func (e *request) read() (*invocation.Request, error) {
	if e.Method == "" {
		return nil, errNotHTTP
	}
	header := http.Header{}
	for name, values := range e.Headers {
		for _, value := range values {
			header.Add(name, value)
		}
	}
	query := url.Values{}
	for _, parameters := range []map[string]values{e.Parameters, e.Query} {
		for name, values := range parameters {
			query[name] = values
		}
	}
	r := &invocation.Request{
		Method: e.Method, Path: e.Path, Query: query.Encode(), Header: header, Body: []byte(e.Body),
		SourceIP: sourceIP(cmp.Or(e.Context.SourceIP, header.Get("X-Scf-Remote-Addr"))),
	}
	if strings.EqualFold(strings.Trim(string(e.Base64), `"`), "true") {
		var err error
		if r.Body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
	}
	return r, nil
}

// sourceIP is an address without the port that may follow it.
func sourceIP(address string) string {
	if full, err := netip.ParseAddrPort(address); err == nil {
		return full.Addr().String()
	}
	return strings.Trim(address, "[]")
}

// answer is what Function URLs and API gateways read of an answer.
type answer struct {
	Base64  bool           `json:"isBase64Encoded"`
	Status  int            `json:"statusCode"`
	Headers map[string]any `json:"headers"` // a string, or a list of them
	Body    string         `json:"body"`
}

// encode makes the answer to an event. The values of a header are joined; only
// several cookies, which cannot be, go as a list, as it is documented for API
// gateways.
func encode(from *invocation.Answer) ([]byte, error) {
	a := answer{Status: from.Status, Headers: map[string]any{}}
	for name, value := range from.Joined() {
		a.Headers[name] = value
	}
	switch cookies := from.Sent.Values("Set-Cookie"); len(cookies) {
	case 0:
	case 1:
		a.Headers["Set-Cookie"] = cookies[0]
	default:
		a.Headers["Set-Cookie"] = cookies
	}
	a.Body, a.Base64 = from.Body()
	data, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	if len(data) > maxHTTPAnswer {
		return nil, fmt.Errorf("the answer is %d bytes long, and SCF passes on %d", len(data), maxHTTPAnswer)
	}
	return data, nil
}
