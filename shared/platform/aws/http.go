package aws

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/shipbell/shipbell/shared/platform/invocation"
)

var errNotHTTP = errors.New("the event is not an HTTP request of payload version 2.0")

// handleHTTP turns an event of payload version 2.0 into a request, and what the
// handler answers into an answer of that version.
func handleHTTP(h http.Handler) handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var e events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		ctx, cancel := invocation.WithMargin(ctx)
		defer cancel()
		r, err := newRequest(&e)
		if err != nil {
			return nil, err
		}
		answer := r.Serve(ctx, h)
		answered := events.APIGatewayV2HTTPResponse{StatusCode: answer.Status, Headers: answer.Joined(), Cookies: answer.Sent.Values("Set-Cookie")}
		answered.Body, answered.IsBase64Encoded = answer.Body()
		return json.Marshal(answered)
	}
}

// newRequest reads the request that the client sent.
func newRequest(e *events.APIGatewayV2HTTPRequest) (*invocation.Request, error) {
	about := e.RequestContext.HTTP
	if e.Version != "2.0" || about.Method == "" {
		return nil, errNotHTTP
	}
	r := &invocation.Request{
		Method: about.Method, Path: e.RawPath, Query: e.RawQueryString, Header: http.Header{},
		Body: []byte(e.Body), SourceIP: about.SourceIP,
	}
	if e.IsBase64Encoded {
		var err error
		if r.Body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
	}
	// Values of a repeated header come joined by commas, except for cookies.
	for name, value := range e.Headers {
		r.Header.Set(name, value)
	}
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	return r, nil
}
