package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// ReceiveEvents sends events as a registry does: body is what the registry sends, in the
// dialect source, which is recognised if it is "". When it returns without an error every
// delivery is durable.
func (c *Client) ReceiveEvents(ctx context.Context, registry, source string, body []byte) (answer apiv1.Received, err error) {
	_, err = c.Do(ctx, events(Path("events", registry), source, body), &answer)
	return answer, err
}

// ReceiveEventsAgain makes other events of events that came before, which are sent once
// more. The same token makes the same ones.
func (c *Client) ReceiveEventsAgain(ctx context.Context, registry, source, token string, body []byte) (answer apiv1.Received, err error) {
	r := events(Path("events", registry), source, body)
	setText(r.Query, "again", token)
	_, err = c.Do(ctx, r, &answer)
	return answer, err
}

// MatchEvents tells what would become of events as a registry sends them. Nothing is kept
// or sent.
func (c *Client) MatchEvents(ctx context.Context, registry, source string, body []byte) (answer apiv1.MatchAnswer, err error) {
	_, err = c.Do(ctx, events(Path("match", registry), source, body), &answer)
	return answer, err
}

// Match tells which triggers an event would fire, and why not the others.
func (c *Client) Match(ctx context.Context, registry string, question apiv1.MatchQuestion) (apiv1.MatchAnswer, error) {
	return post[apiv1.MatchAnswer](ctx, c, Path("match", registry), question)
}

// TestPattern tells what a pattern stands for, and which names it matches.
func (c *Client) TestPattern(ctx context.Context, question apiv1.PatternQuestion) (apiv1.PatternAnswer, error) {
	return post[apiv1.PatternAnswer](ctx, c, Path("patterns", "test"), question)
}

// events is a request with the media type that the source of the events uses.
func events(path, source string, body []byte) Request {
	r := Request{Method: http.MethodPost, Path: path, Body: json.RawMessage(body), Query: url.Values{}}
	var envelope map[string]json.RawMessage
	var list []json.RawMessage
	if json.Unmarshal(body, &envelope) == nil && json.Unmarshal(envelope["events"], &list) == nil && list != nil {
		r.ContentType = "application/vnd.docker.distribution.events.v2+json"
	}
	setText(r.Query, "source", source)
	return r
}
