// Package invocation holds what the invocations of functions have in common in all
// clouds: a request made from an event, an answer that is kept instead of sent, and
// work that ends before its invocation does. It knows the events of no cloud.
package invocation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Request is a request as an event describes it.
type Request struct {
	Method string
	// Path is as it was sent or already unescaped, as the service sees fit; Query is
	// escaped.
	Path, Query string
	// Header has the host, too.
	Header http.Header
	Body   []byte
	// SourceIP is the client's address as the service saw it; headers that claim
	// another are the client's own word.
	SourceIP string
}

// Serve hands the request to a handler and keeps its answer.
func (r *Request) Serve(ctx context.Context, h http.Handler) *Answer {
	a := &Answer{header: http.Header{}}
	h.ServeHTTP(a, r.http(ctx))
	a.end()
	return a
}

func (r *Request) http(ctx context.Context) *http.Request {
	u := &url.URL{Path: cmp.Or(r.Path, "/"), RawQuery: r.Query}
	if path, err := url.PathUnescape(u.Path); err == nil {
		u.Path, u.RawPath = path, u.Path
	}
	request := &http.Request{
		Method: r.Method, URL: u, RequestURI: u.RequestURI(), Header: r.Header, Host: r.Header.Get("Host"),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(r.Body)), ContentLength: int64(len(r.Body)),
		RemoteAddr: net.JoinHostPort(r.SourceIP, "0"),
	}
	request.Header.Del("Host")
	return request.WithContext(ctx)
}

// Answer is what a handler answers: an http.ResponseWriter that keeps what is
// written.
type Answer struct {
	// Status and Sent, its headers, are as they were when the status was written.
	Status int
	Sent   http.Header
	header http.Header
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *Answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *Answer) WriteHeader(status int) {
	if a.Status == 0 && status >= 200 {
		a.Status, a.Sent = status, a.header.Clone()
	}
}

// Write implements http.ResponseWriter.
func (a *Answer) Write(data []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(data)
}

// end does what a server does when a handler returns.
func (a *Answer) end() {
	a.WriteHeader(http.StatusOK)
	if a.Sent.Get("Content-Type") == "" && a.body.Len() > 0 {
		a.Sent.Set("Content-Type", http.DetectContentType(a.body.Bytes()))
	}
}

// Joined is the headers that were sent, with the values of each joined, but for
// cookies, which cannot be.
func (a *Answer) Joined() map[string]string {
	joined := make(map[string]string, len(a.Sent))
	for name, values := range a.Sent {
		if name != "Set-Cookie" {
			joined[name] = strings.Join(values, ", ")
		}
	}
	return joined
}

// Body is the body as text, or as base64 if it is none.
func (a *Answer) Body() (body string, inBase64 bool) {
	if utf8.Valid(a.body.Bytes()) {
		return a.body.String(), false
	}
	return base64.StdEncoding.EncodeToString(a.body.Bytes()), true
}
