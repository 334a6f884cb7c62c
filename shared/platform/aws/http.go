package aws

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

var errNotHTTP = errors.New("the event is not an HTTP request of payload version 2.0")

// httpDoor turns an event of payload version 2.0 into a request, and what the
// handler answers into an answer of that version.
func httpDoor(h http.Handler) door {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var e events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		ctx, cancel := withMargin(ctx)
		defer cancel()
		r, err := newRequest(ctx, &e)
		if err != nil {
			return nil, err
		}
		w := recorder{header: http.Header{}}
		h.ServeHTTP(&w, r)
		return json.Marshal(w.response())
	}
}

// newRequest makes the request that the client sent. Its remote address is the
// one that AWS saw; headers that claim another are the client's own word.
func newRequest(ctx context.Context, e *events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	about := e.RequestContext.HTTP
	if e.Version != "2.0" || about.Method == "" {
		return nil, errNotHTTP
	}
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
	}
	// The path comes as it was sent, or already unescaped, as the service sees fit.
	u := &url.URL{Path: cmp.Or(e.RawPath, "/"), RawQuery: e.RawQueryString}
	if path, err := url.PathUnescape(u.Path); err == nil {
		u.Path, u.RawPath = path, u.Path
	}
	r := &http.Request{
		Method: about.Method, URL: u, RequestURI: u.RequestURI(), Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		RemoteAddr: net.JoinHostPort(about.SourceIP, "0"),
	}
	// Values of a repeated header come joined by commas, except for cookies.
	for name, value := range e.Headers {
		r.Header.Set(name, value)
	}
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host")
	return r.WithContext(ctx), nil
}

// recorder is an http.ResponseWriter that keeps what is written.
type recorder struct {
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(data)
}

// response is the answer for AWS. A body that is not text goes as base64.
func (w *recorder) response() events.APIGatewayV2HTTPResponse {
	w.WriteHeader(http.StatusOK)
	if w.sent.Get("Content-Type") == "" && w.body.Len() > 0 {
		w.sent.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	answer := events.APIGatewayV2HTTPResponse{StatusCode: w.status, Headers: map[string]string{}, Cookies: w.sent.Values("Set-Cookie")}
	for name, values := range w.sent {
		if name != "Set-Cookie" {
			answer.Headers[name] = strings.Join(values, ", ")
		}
	}
	if answer.Body = w.body.String(); !utf8.ValidString(answer.Body) {
		answer.Body, answer.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	return answer
}
