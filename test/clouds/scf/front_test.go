package scf_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/shipbell/shipbell/test/clouds"
)

// route is a path of the custom domain, or with /* at its end all paths below, and the
// function whose Function URL it leads to.
type route struct {
	path string
	to   *clouds.Function
}

// front is the custom domain: it makes an event of each request and an answer of what
// the function says.
type front struct {
	routes []route
	// gateway makes events as an API gateway does, else as a Function URL does.
	gateway bool
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, route := range f.routes {
		stem, open := strings.CutSuffix(route.path, "*")
		if r.URL.Path == route.path || open && strings.HasPrefix(r.URL.Path, stem) {
			f.forward(w, r, route.to)
			return
		}
	}
	http.Error(w, "no path mapping fits", http.StatusNotFound)
}

func (f *front) forward(w http.ResponseWriter, r *http.Request, to *clouds.Function) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone away
	}
	event := functionURL(r, body)
	if f.gateway {
		event = apiGateway(r, body)
	}
	text, err := to.Invoke(event)
	if err == nil {
		err = reply(w, text)
	}
	if err != nil {
		http.Error(w, fmt.Sprintf(`{"errorCode":-1,"errorMessage":%q}`, err), http.StatusInternalServerError)
	}
}

// reply sends the answer that a function made.
func reply(w http.ResponseWriter, text []byte) error {
	var got struct {
		IsBase64Encoded bool
		StatusCode      int
		Headers         map[string]json.RawMessage
		Body            string
	}
	if err := json.Unmarshal(text, &got); err != nil || got.StatusCode == 0 {
		return fmt.Errorf("the answer %.200q (%v)", text, err)
	}
	body := []byte(got.Body)
	if got.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(got.Body); err != nil {
			return fmt.Errorf("the answer's body: %w", err)
		}
	}
	for name, raw := range got.Headers {
		var value string
		values := make([]string, 0, 1)
		if json.Unmarshal(raw, &value) == nil {
			values = append(values, value)
		} else if err := json.Unmarshal(raw, &values); err != nil {
			return fmt.Errorf("the header %s: %s", name, raw)
		}
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(got.StatusCode)
	_, _ = w.Write(body) // a client that has gone away does not matter
	return nil
}

// functionURL is the event that a Function URL makes: it knows no base64, and tells
// the client's address in a header.
func functionURL(r *http.Request, body []byte) map[string]any {
	headers := map[string]any{}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	headers["host"], headers["x-scf-remote-addr"] = r.Host, clientOf(r)
	return map[string]any{"httpMethod": r.Method, "path": r.URL.Path, "headers": headers, "queryString": query(r), "body": string(body)}
}

// apiGateway is the event that an API gateway makes which was told to encode bodies.
func apiGateway(r *http.Request, body []byte) map[string]any {
	headers := map[string]any{"Host": r.Host}
	for name, values := range r.Header {
		if headers[name] = values[0]; len(values) > 1 {
			headers[name] = values
		}
	}
	return map[string]any{
		"httpMethod": r.Method, "path": r.URL.Path, "headers": headers, "queryString": query(r), "queryStringParameters": map[string]any{},
		"body": base64.StdEncoding.EncodeToString(body), "isBase64Encoded": true,
		"requestContext": map[string]any{
			"serviceId": "service-f94sy04v", "path": r.URL.Path, "httpMethod": r.Method, "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
			"identity": map[string]any{}, "sourceIp": clientOf(r), "stage": "release",
		},
	}
}

// query is what both tell of a query: a value, several, or true where there is none.
func query(r *http.Request) map[string]any {
	all := map[string]any{}
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if name, _, assigned := strings.Cut(part, "="); name != "" && !assigned {
			if name, err := url.QueryUnescape(name); err == nil {
				all[name] = true
			}
		}
	}
	for name, values := range r.URL.Query() {
		switch _, bare := all[name]; {
		case bare:
		case len(values) == 1:
			all[name] = values[0]
		default:
			all[name] = values
		}
	}
	return all
}

func clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
