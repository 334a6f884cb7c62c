package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// keyInContext is where a context holds an access key that was verified already.
type keyInContext struct{}

// withKey makes the context of a request that the Door lets in with key, whatever
// its headers say. Only code of this process can do that: nothing that comes from
// outside becomes a value of a request's context.
func withKey(ctx context.Context, key shipbell.AccessKey) context.Context {
	return context.WithValue(ctx, keyInContext{}, key)
}

func vouched(ctx context.Context) (shipbell.AccessKey, bool) {
	key, ok := ctx.Value(keyInContext{}).(shipbell.AccessKey)
	return key, ok
}

// Client calls functions that are in the same process, on behalf of the holder of
// an access key that the caller has verified. Roles, registries, limits and checks
// are those of a request from outside.
type Client struct {
	Functions http.Handler
	Key       shipbell.AccessKey
}

// Do makes a request with body as JSON, unless it is nil, and reads the answer's
// JSON into answer, unless that is nil. ifMatch, if not "", is the version that the
// request holds for. The error of a function comes back as the shipbell.Error that
// it was, without its cause.
func (c Client) Do(ctx context.Context, method, target, ifMatch string, body, answer any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode the request %s %s: %w", method, target, err)
		}
	}
	r, err := http.NewRequestWithContext(withKey(ctx, c.Key), method, target, bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("make the request %s %s: %w", method, target, err)
	}
	if ifMatch != "" {
		r.Header.Set("If-Match", ifMatch)
	}
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	c.Functions.ServeHTTP(w, r)
	if w.status >= http.StatusBadRequest {
		return readProblem(w.status, &w.body)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(&w.body).Decode(answer); err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", method, target, err)
	}
	return nil
}

// readProblem makes an error again of what newProblem made of it.
func readProblem(status int, body io.Reader) error {
	var p problem
	if err := json.NewDecoder(body).Decode(&p); err != nil {
		return fmt.Errorf("read the answer of status %d: %w", status, err)
	}
	e := &shipbell.Error{Message: p.Detail, Fields: p.Errors}
	for kind := shipbell.Internal; kind <= shipbell.Unavailable; kind++ {
		if Status(kind) == status {
			e.Kind = kind
		}
	}
	return e
}

// recorder is an http.ResponseWriter that keeps what is written.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *recorder) Write(data []byte) (int, error) { return w.body.Write(data) }
