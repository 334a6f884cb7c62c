package webhook

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/sign"
	"github.com/shipbell/shipbell/shared/text"
)

// request builds the request of one attempt. The proofs are what its signature consists of. An
// error, fit for users, means that this delivery can never be sent.
func (s *Sender) request(ctx context.Context, d *shipbell.Delivery, target shipbell.Target, attempt int) (req *http.Request, proofs []string, err error) {
	content, err := format.Render(d, target)
	if err != nil {
		return nil, nil, err
	}
	address, err := shipbell.ParseURL(target.URL)
	if err != nil || address.Host == "" || (address.Scheme != "http" && address.Scheme != "https") {
		return nil, nil, text.New(text.TargetURLInvalid) // not the URL, whose query may hold secrets
	}
	address.RawQuery = setQuery(address.RawQuery, content.Query)
	req, err = http.NewRequestWithContext(ctx, cmp.Or(target.Method, http.MethodPost), address.String(), nil)
	if err != nil {
		return nil, nil, text.New(text.TargetURLInvalid)
	}
	// The user's headers come first: a User-Agent of their own stands, but none of
	// them replaces what a receiver verifies.
	if err := addUserHeaders(req.Header, target.Headers); err != nil {
		return nil, nil, err
	}
	now := s.deps.Now()
	addOwnHeaders(req.Header, s.userAgent, content.Header, d.ID, now, attempt)
	addReplay(req.Header, d)
	addTrace(req.Header, d, attempt)
	m := sign.Message{ID: d.ID, At: now, Header: req.Header, Query: req.URL.RawQuery, Body: content.Body}
	if proofs, err = sign.Add(&m, &target); err != nil {
		return nil, nil, err
	}
	req.URL.RawQuery = m.Query
	setBody(req, m.Body)
	return req, proofs, nil
}

// setBody gives a request a body that can be sent again.
func setBody(req *http.Request, body []byte) {
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, _ = req.GetBody()
}

// addOwnHeaders sets the headers of the format, and all of our own but the signature.
func addOwnHeaders(h http.Header, userAgent string, ofFormat http.Header, id shipbell.DeliveryID, now time.Time, attempt int) {
	for name, values := range ofFormat {
		if name == "Content-Type" || h[name] == nil {
			h[name] = values
		}
	}
	if h["User-Agent"] == nil {
		h.Set("User-Agent", userAgent)
	}
	h.Set("Webhook-Id", string(id))
	h.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	h.Del("Webhook-Signature")
	h.Set("X-Shipbell-Attempt", strconv.Itoa(attempt))
}

// addReplay marks what a replay made with the id of the event, of which a header takes no
// more than the characters of a URL's path.
func addReplay(h http.Header, d *shipbell.Delivery) {
	if !d.Replayed {
		return
	}
	e, _ := d.FullEvent()
	h.Set("X-Shipbell-Replay", url.PathEscape(e.ID))
}

// addTrace continues the trace of the event's request, unless the user's own headers say
// which trace a request is of.
func addTrace(h http.Header, d *shipbell.Delivery, attempt int) {
	if d.Trace.IsZero() || h["Traceparent"] != nil {
		return
	}
	h.Set("Traceparent", d.Traceparent(attempt))
	if h.Del("Tracestate"); d.Trace.State != "" {
		h.Set("Tracestate", d.Trace.State)
	}
}

// Headers are the headers that a request of the attempt has, as people may see
// them, if the target is what it was then: the signature or token and the values of
// the user's own headers are masked.
func Headers(d *shipbell.Delivery, target shipbell.Target, attempt shipbell.Attempt, ofFormat http.Header) http.Header {
	h := http.Header{}
	for _, header := range target.Headers {
		for _, value := range header.Values {
			h.Add(header.Key, value.String())
		}
	}
	addOwnHeaders(h, userAgent(shipbell.Version), ofFormat, d.ID, attempt.StartedAt, attempt.Number)
	addReplay(h, d)
	addTrace(h, d, attempt.Number)
	sign.Show(h, &target)
	return h
}

// addUserHeaders puts the user's headers into h, each value on a line of its own.
func addUserHeaders(h http.Header, headers []shipbell.Header) error {
	for _, header := range headers {
		for _, secret := range header.Values {
			value, err := secret.Reveal()
			if err != nil {
				return text.New(text.HeaderFailed, header.Key, err)
			}
			if !shipbell.ValidHeader(header.Key, value) {
				return text.New(text.HeaderFailed, header.Key, text.HeaderNotSendable)
			}
			h.Add(header.Key, value)
		}
	}
	return nil
}
