package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	requestTimeout = 30 * time.Second
	// answerLimit is more than any page of any list has.
	answerLimit = 256 << 20
)

// client talks to one server.
type client struct {
	base *url.URL
	key  string
	// keyFrom says where the key was found.
	keyFrom string
	http    http.Client
}

// request is one request to the API.
type request struct {
	method, path string
	query        url.Values
	// body is sent as contentType, or as JSON if that is empty.
	body        []byte
	contentType string
	// version is the one that the object must still have; 0 for any.
	version int64
}

// unreachable is the error of a server that gave no answer.
type unreachable struct{ text string }

func (e *unreachable) Error() string { return e.text }

// do makes a request and returns the JSON that was answered, and the status. An
// answer that is no success gives a *problem; no answer, an *unreachable error.
func (c *client) do(ctx context.Context, r request) (body []byte, status int, err error) {
	target := c.base.String() + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(r.body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("User-Agent", "shipbell/"+shipbell.Version)
	if r.body != nil {
		contentType := r.contentType
		if contentType == "" {
			contentType = "application/json"
		}
		req.Header.Set("Content-Type", contentType)
	}
	if r.version != 0 {
		req.Header.Set("If-Match", fmt.Sprint(r.version))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, 0, c.noAnswer(ctx, err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, answerLimit+1))
	switch {
	case err != nil:
		return nil, 0, c.noAnswer(ctx, err)
	case len(body) > answerLimit:
		return nil, 0, fmt.Errorf("the answer of %s is too large", c.base.Host)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, 0, c.refusal(resp, body)
	case len(body) > 0 && !json.Valid(body):
		return nil, 0, fmt.Errorf("%s answered something else than JSON: is it a Shipbell server?", c.base.Host)
	}
	return body, resp.StatusCode, nil
}

// get reads JSON into value.
func (c *client) get(ctx context.Context, path string, query url.Values, value any) (body []byte, err error) {
	body, _, err = c.do(ctx, request{method: http.MethodGet, path: path, query: query})
	if err != nil {
		return nil, err
	}
	return body, readAnswer(body, value)
}

// readAnswer decodes an answer.
func readAnswer(body []byte, value any) error {
	if err := json.Unmarshal(body, value); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return nil
}

// noAnswer explains why no answer came.
func (c *client) noAnswer(ctx context.Context, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case os.IsTimeout(err):
		return &unreachable{fmt.Sprintf("%s does not answer within %v", c.base, c.http.Timeout)}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &unreachable{fmt.Sprintf(`%s cannot be reached: connection refused: is "shipbell serve" running there? --server names another address`, c.base)}
	}
	return &unreachable{fmt.Sprintf("%s cannot be reached: %v", c.base, err)}
}

// refusal reads an answer that is no success.
func (c *client) refusal(resp *http.Response, body []byte) error {
	p := &problem{}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") || json.Unmarshal(body, p) != nil {
		return fmt.Errorf("%s answered %s, but not as Shipbell does: is it a Shipbell server?", c.base, resp.Status)
	}
	p.Status = resp.StatusCode
	if p.Status == http.StatusUnauthorized {
		p.Detail = fmt.Sprintf("the server does not take the access key of %s: %s", c.keyFrom, p.Detail)
	}
	return p
}

// problem is an error that the API answered.
type problem struct{ apiv1.Problem }

func (p *problem) Error() string {
	return strings.Join(p.lines(func(field string) string { return field }), "; ")
}

// lines says what is wrong, a line for each field, in the words of the user.
func (p *problem) lines(word func(field string) string) (lines []string) {
	seen := map[string]bool{}
	for _, e := range p.Errors {
		line := word(e.Field) + ": " + e.Message
		if !seen[line] {
			lines = append(lines, line)
		}
		seen[line] = true
	}
	switch {
	case len(lines) > 0:
		return lines
	case p.Detail != "":
		return []string{p.Detail}
	}
	return []string{fmt.Sprintf("%d %s", p.Status, p.Title)}
}

// pages reads the items of a list, at most limit of them, page by page. It
// returns them with the answer that they make together: as it came, if it was a
// single page.
func (c *client) pages(ctx context.Context, path string, query url.Values, name string, limit int) (items []json.RawMessage, whole []byte, err error) {
	const pageLimit = 100
	values := url.Values{}
	for key, value := range query {
		values[key] = value
	}
	items = []json.RawMessage{}
	for page := 1; ; page++ {
		values.Set("limit", fmt.Sprint(min(pageLimit, limit-len(items))))
		var answer map[string]json.RawMessage
		body, err := c.get(ctx, path, values, &answer)
		if err != nil {
			return nil, nil, err
		}
		var some []json.RawMessage
		var next string
		if err := errors.Join(readAnswer(answer[name], &some), readAnswer(answer["next_cursor"], &next)); err != nil {
			return nil, nil, err
		}
		items = append(items, some...)
		if next == "" || len(items) >= limit {
			if page == 1 {
				return items, body, nil
			}
			whole, err = json.Marshal(map[string]any{name: items, "next_cursor": next})
			return items, whole, err
		}
		values.Set("cursor", next)
	}
}
