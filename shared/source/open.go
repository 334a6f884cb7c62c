package source

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/url"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// maxDepth is how many envelopes may be around one another.
const maxDepth = 6

const byteOrderMark = "\xef\xbb\xbf"

// opening is what was in the envelopes of a request.
type opening struct {
	// parts are what a dialect is to be recognised for, in the order sent.
	parts   []Request
	ignored []shipbell.IgnoredEvent
	// validation and message are those of Decoded.
	validation string
	message    *SNSMessage
}

// openRequest undoes all envelopes of a request. What is in none is its only part.
func openRequest(r Request) opening {
	var o opening
	r.Body = openForm(r)
	r.Envelope = envelopeOfHeaders(r.Header)
	if _, known := byHeader(r); known && r.Source == "" {
		r.Body = bytes.TrimPrefix(r.Body, []byte(byteOrderMark))
		o.parts = []Request{r}
		return o
	}
	o.undo(r, 0)
	return o
}

// openForm is the field "payload" of a form, as some hooks can be set to send their JSON,
// or the body as it is.
func openForm(r Request) []byte {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" || isPlain(r.Body) {
		return r.Body
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil || !form.Has("payload") {
		return r.Body
	}
	return []byte(form.Get("payload"))
}

// undo adds what is in the envelopes around one body.
func (o *opening) undo(r Request, depth int) {
	r.Body = bytes.TrimPrefix(r.Body, []byte(byteOrderMark))
	if depth == maxDepth {
		o.parts = append(o.parts, r)
		return
	}
	f := readFields(r.Body)
	form, enveloped := formOf(f)
	list, service := envelopes(r.Body, f)
	switch {
	case list != nil:
		r.Envelope.Service = service
		o.undoEach(r, list, depth)
	case enveloped:
		o.take(r, form, f, depth)
	default:
		o.parts = append(o.parts, r)
	}
}

func (o *opening) undoEach(r Request, list []json.RawMessage, depth int) {
	for i, one := range list {
		if i == maxEvents {
			o.ignored = append(o.ignored, shipbell.IgnoredEvent{Reason: text.New(text.EventTooMany, len(list)-i, i)})
			return
		}
		o.undo(Request{Body: one, Source: r.Source, ReceivedAt: r.ReceivedAt, Envelope: r.Envelope}, depth+1)
	}
}

// take opens one envelope. The headers of the request are those of whoever put its
// content into it.
func (o *opening) take(r Request, form form, f fields, depth int) {
	body, e := form.open(f)
	e.Service = form.service
	e = e.within(r.Envelope)
	if form.service == amazonSNS {
		if depth == 0 {
			o.message = readSNS(r.Body)
		}
		if f.text("Type") != SNSNotification {
			return
		}
	}
	if e.Type == gridValidation {
		o.validation = readFields(body).text("validationCode") // without a code there is nothing to answer
		return
	}
	if len(body) == 0 {
		o.ignored = append(o.ignored, shipbell.IgnoredEvent{EventID: safeID(e.ID), Reason: text.New(text.SourceEnvelopeEmpty, form.service)})
		return
	}
	o.undo(Request{Body: body, Source: r.Source, ReceivedAt: r.ReceivedAt, Envelope: e}, depth+1)
}

// envelopes are the elements of a list of envelopes, which EventBridge of Tencent Cloud
// may send as an object's field, and the service of the first; nil for any other body.
func envelopes(body []byte, f fields) (list []json.RawMessage, service string) {
	if f != nil {
		body = f.get("EventList")
	}
	if len(body) == 0 || json.Unmarshal(body, &list) != nil || len(list) == 0 {
		return nil, ""
	}
	form, ok := formOf(readFields(list[0]))
	if !ok {
		return nil, ""
	}
	return list, form.service
}
