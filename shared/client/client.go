package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	defaultTimeout = 30 * time.Second
	// answerLimit is more than any page of any list has.
	answerLimit = 256 << 20
)

// Options are what a client is made of.
type Options struct {
	// Server is the address, such as https://shipbell.example.com. It may have a path.
	Server string
	// Key is the access key, ID:SECRET.
	Key shipbell.Secret
	// Timeout is how long a request may take; 0 means 30 s. TestTrigger takes longer.
	Timeout time.Duration
	// Transport makes the connections; http.DefaultTransport if nil.
	Transport http.RoundTripper
	// Answered, if set, sees the JSON of each success before it is decoded: fields that
	// this version does not know are still in it.
	Answered func(body []byte)
}

// Client talks to one server.
type Client struct {
	base    *url.URL
	key     string
	timeout time.Duration
	http    http.Client
	// answered is never nil.
	answered func([]byte)
}

// New makes a client. It makes no request. An error tells that the address is not one
// of http or https, or that the key cannot be opened.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.Server)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Hostname() == "" || base.User != nil {
		return nil, errors.New("make a client: the server is not an address such as https://shipbell.example.com")
	}
	base.Path, base.RawQuery, base.Fragment = strings.TrimRight(base.Path, "/"), "", ""
	key, err := o.Key.Reveal()
	if err != nil {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	c := &Client{base: base, key: key, timeout: cmp.Or(o.Timeout, defaultTimeout), answered: o.Answered, http: http.Client{
		Transport: o.Transport,
		// The key goes to no other server than the one that was named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if c.answered == nil {
		c.answered = func([]byte) {}
	}
	return c, nil
}

// Server is the address that requests go to, without a slash at its end.
func (c *Client) Server() string { return c.base.String() }

// Request is a request for Do.
type Request struct {
	Method, Path string
	Query        url.Values
	// Body is sent as JSON. A json.RawMessage is sent as it is, and nil sends no body.
	Body any
	// ContentType is that of the body; "" means application/json.
	ContentType string
	// Version is the one that the object must still have; 0 allows any.
	Version int64
	// Timeout replaces that of the options, unless it is 0.
	Timeout time.Duration
}

// Do makes a request and decodes the JSON of the answer into answer, unless that is nil.
// It gives the status of a success. The other methods call it; it is there for bodies
// that they cannot express.
func (c *Client) Do(ctx context.Context, r Request, answer any) (status int, err error) {
	status, body, err := c.send(ctx, r)
	switch {
	case err != nil:
		return 0, err
	case len(body) > 0 && !json.Valid(body):
		return 0, fmt.Errorf("%s answered something else than JSON: is it a Shipbell server?", c.base.Host)
	}
	c.answered(body)
	if answer == nil || len(body) == 0 {
		return status, nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return 0, fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return status, nil
}

// send makes a request and reads the answer, which is a success.
func (c *Client) send(ctx context.Context, r Request) (status int, body []byte, err error) {
	within, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, c.timeout))
	defer cancel()
	request, err := c.request(within, r)
	if err != nil {
		return 0, nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, c.unreachable(ctx, within, r, err)
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, answerLimit+1))
	switch {
	case err != nil:
		return 0, nil, c.unreachable(ctx, within, r, err)
	case len(body) > answerLimit:
		return 0, nil, fmt.Errorf("the answer of %s is too large", c.base.Host)
	case response.StatusCode < 200 || response.StatusCode > 299:
		return 0, nil, c.refusal(response, body)
	}
	return response.StatusCode, body, nil
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	body, raw := r.Body.(json.RawMessage)
	if !raw && r.Body != nil {
		var err error
		if body, err = json.Marshal(r.Body); err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
	}
	target := c.base.String() + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.key)
	request.Header.Set("User-Agent", "shipbell/"+shipbell.Version)
	if r.Body != nil {
		request.Header.Set("Content-Type", cmp.Or(r.ContentType, "application/json"))
	}
	if r.Version != 0 {
		request.Header.Set("If-Match", strconv.FormatInt(r.Version, 10))
	}
	return request, nil
}

// get reads an answer of type T.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (answer T, err error) {
	_, err = c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: query}, &answer)
	return answer, err
}

// post sends a body and reads an answer of type T.
func post[T any](ctx context.Context, c *Client, path string, body any) (answer T, err error) {
	_, err = c.Do(ctx, Request{Method: http.MethodPost, Path: path, Body: body}, &answer)
	return answer, err
}

// drop deletes an object.
func (c *Client) drop(ctx context.Context, path string) error {
	_, err := c.Do(ctx, Request{Method: http.MethodDelete, Path: path}, nil)
	return err
}

// Path is a path of the API, such as /v1/triggers/default/7, its segments escaped.
func Path(segments ...string) string {
	path := "/v1"
	for _, segment := range segments {
		path += "/" + url.PathEscape(segment)
	}
	return path
}
