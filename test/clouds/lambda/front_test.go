package lambda_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/shipbell/shipbell/test/clouds"
)

// route is a path of the HTTP API and the function it leads to.
type route struct {
	path string
	to   *clouds.Function
}

// front is the HTTP API: it makes an event of payload version 2.0 of each request
// and an answer of what the function says.
type front struct{ routes []route }

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, route := range f.routes {
		stem, greedy := strings.CutSuffix(route.path, "{proxy+}")
		if r.URL.Path == route.path || greedy && strings.HasPrefix(r.URL.Path, stem) && len(r.URL.Path) > len(stem) {
			forward(w, r, route)
			return
		}
	}
	http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
}

func forward(w http.ResponseWriter, r *http.Request, to route) {
	event, err := newEvent(r, to.path)
	var got events.APIGatewayV2HTTPResponse
	if err == nil {
		var text []byte
		if text, err = to.to.Invoke(event); err == nil {
			err = json.Unmarshal(text, &got)
		}
	}
	body := []byte(got.Body)
	if err == nil && got.IsBase64Encoded {
		body, err = base64.StdEncoding.DecodeString(got.Body)
	}
	if err != nil || got.StatusCode == 0 {
		http.Error(w, `{"message":"Internal Server Error"}`, http.StatusInternalServerError)
		return
	}
	for name, value := range got.Headers {
		w.Header().Set(name, value)
	}
	for _, cookie := range got.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(got.StatusCode)
	_, _ = w.Write(body) // a client that has gone away does not matter
}

// newEvent is the event of a request. A body goes as base64 unless its type says
// that it is text.
func newEvent(r *http.Request, path string) (*events.APIGatewayV2HTTPRequest, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	source, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return nil, err
	}
	e := &events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "ANY " + path, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{"host": r.Host}, Body: string(body),
	}
	for name, values := range r.Header {
		if name = strings.ToLower(name); name == "cookie" {
			e.Cookies = strings.Split(strings.Join(values, "; "), "; ")
			continue
		}
		e.Headers[name] = strings.Join(values, ",")
	}
	kind := e.Headers["content-type"]
	if len(body) > 0 && !strings.HasPrefix(kind, "text/") && !strings.HasPrefix(kind, "application/json") {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	e.RequestContext.RouteKey, e.RequestContext.Stage = e.RouteKey, "$default"
	e.RequestContext.TimeEpoch = time.Now().UnixMilli()
	e.RequestContext.HTTP = events.APIGatewayV2HTTPRequestContextHTTPDescription{
		Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: source, UserAgent: r.UserAgent(),
	}
	return e, nil
}
