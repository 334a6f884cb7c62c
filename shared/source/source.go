// Package source turns what a container registry sends into Shipbell's events,
// in two steps that do no I/O of their own. Decode recognises the dialect of a
// request and reads decoded events from it; Resolve completes one decoded event from the
// catalog, which is what is known of the registry, and gives the event or the reason why
// there is none.
//
// It trusts nothing: addresses come from the registry's configuration and never
// from a request, and every name has a limit. It does not authenticate, match
// or write.
package source

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Request is what arrived, before anything is trusted.
type Request struct {
	Header http.Header
	Body   []byte
	// Source forces a dialect by its name; "" recognises it.
	Source     string
	ReceivedAt time.Time
	// Envelope is what was around the body; Decode sets it.
	Envelope Envelope
}

// eventID is the id of the one event of a body that has none of its own: that of its
// envelope, or a hash of the body.
func (r Request) eventID() string { return safeID(cmp.Or(r.Envelope.ID, hashID(r.Body))) }

// Decoded is what a request says.
type Decoded struct {
	// Source is the name of the dialect.
	Source string
	// Events are what Resolve can make events of, in the order sent.
	Events []DecodedEvent
	// Ignored is the rest.
	Ignored []shipbell.IgnoredEvent
	// Validation is the code that Event Grid wants in the answer before it sends events;
	// "" for any other request.
	Validation string
	// Message is the message of Amazon SNS that the request is; nil for any other.
	Message *SNSMessage
}

// Ignored is the decoded event as an event that is ignored for a reason.
func (f DecodedEvent) Ignored(reason text.Message, routine bool) shipbell.IgnoredEvent {
	ignored := shipbell.IgnoredEvent{EventID: f.EventID, Reason: reason, Repository: f.Repository, Routine: routine}
	if f.Verb == Push || f.Verb == Delete || f.Verb == Pull {
		ignored.Action = f.Action()
	}
	if len(f.Resources) > 0 {
		ignored.Tag = f.Resources[0].Tag
	}
	return ignored
}

// Action is what was done, as far as the request tells.
func (f DecodedEvent) Action() shipbell.Action { return action(f.Verb, f.Kind) }

// Decode undoes the envelopes of a request, recognises the dialect of what was in them
// and reads it. What is not wanted is ignored and never an error, and so is whatever an
// envelope carries. The error is a *shipbell.Error: Malformed for a body that cannot be
// read or is of no known dialect, Invalid for a forced source that does not exist.
// Blocking senders get no Malformed error: their body is ignored.
func Decode(r Request) (Decoded, error) {
	if r.Source != "" && !slices.Contains(Names(), r.Source) {
		return Decoded{}, shipbell.InvalidField("source", text.SourceUnknown, brief(r.Source), Names())
	}
	o := openRequest(r)
	decoded := Decoded{Ignored: o.ignored, Validation: o.validation, Message: o.message}
	for _, part := range o.parts {
		one, err := decodePart(part)
		if err != nil && part.Envelope.Service != "" {
			one.Ignored, err = []shipbell.IgnoredEvent{part.unknown()}, nil
		}
		if err != nil {
			return Decoded{}, err
		}
		decoded.Source = cmp.Or(decoded.Source, one.Source)
		decoded.Events = append(decoded.Events, one.Events...)
		decoded.Ignored = append(decoded.Ignored, one.Ignored...)
	}
	return decoded, nil
}

// unknown is what an envelope carries that is of no known dialect: services hold back or
// repeat for days what is refused.
func (r Request) unknown() shipbell.IgnoredEvent {
	reason := text.New(text.SourceEnvelopeUnknown, r.Envelope.Service)
	if r.Envelope.Type != "" {
		reason = text.New(text.EventTypeUnknown, brief(r.Envelope.Type))
	}
	return shipbell.IgnoredEvent{EventID: r.eventID(), Reason: reason}
}

// decodePart decodes what was in the envelopes of a request.
func decodePart(r Request) (Decoded, error) {
	d, err := recognise(r)
	if err != nil {
		return Decoded{}, err
	}
	events, ignored, err := d.read(r)
	if err != nil {
		reason := text.New(text.SourceUnreadable, d.Name, err)
		if d.blocking || r.Envelope.Service != "" || Blocking(r.Header, r.Source) {
			return Decoded{Source: d.Name, Ignored: []shipbell.IgnoredEvent{{Reason: reason}}}, nil
		}
		return Decoded{}, &shipbell.Error{Kind: shipbell.Malformed, Message: reason}
	}
	decoded := Decoded{Source: d.Name, Ignored: ignored}
	for _, f := range events {
		f.Source = d.Name
		if f.Time.IsZero() {
			f.Time = r.Envelope.Time
		}
		if reason := f.admit(r.ReceivedAt); !reason.IsZero() {
			decoded.Ignored = append(decoded.Ignored, f.Ignored(reason, false))
			continue
		}
		decoded.Events = append(decoded.Events, f)
	}
	return decoded, nil
}

// Blocking reports whether a request comes from a sender that repeats for ever
// whatever is answered with 4xx, and sends nothing else meanwhile. No such
// request may be refused for its content, be it too large or unreadable.
func Blocking(header http.Header, forced string) bool {
	for _, d := range dialects() {
		if d.blocking && (forced == d.Name || d.header != nil && d.header(header)) {
			return true
		}
	}
	return false
}

func (d dialect) read(r Request) ([]DecodedEvent, []shipbell.IgnoredEvent, error) {
	if !utf8.Valid(r.Body) {
		return nil, nil, text.New(text.SourceNotUTF8)
	}
	return d.decode(r)
}

// byHeader is the dialect that was forced or that headers tell.
func byHeader(r Request) (dialect, bool) {
	for _, d := range dialects() {
		if r.Source == d.Name || r.Source == "" && d.header != nil && d.header(r.Header) {
			return d, true
		}
	}
	return dialect{}, false
}

func recognise(r Request) (dialect, error) {
	if d, ok := byHeader(r); ok {
		return d, nil
	}
	for _, d := range dialects() {
		if d.envelope != nil && d.envelope(r.Envelope) {
			return d, nil
		}
	}
	f := readFields(r.Body)
	if f == nil {
		return dialect{}, shipbell.NewError(shipbell.Malformed, text.SourceNotObject, Names())
	}
	for _, d := range dialects() {
		if d.body != nil && d.body(f) {
			return d, nil
		}
	}
	return dialect{}, shipbell.NewError(shipbell.Malformed, text.SourceNotRecognised, Names())
}

// readEvent reads an event. needed is a struct of those of its fields without which there
// is no event: only one of these that has a wrong type is an error, and any other is as
// if it were not there.
func readEvent(data []byte, event, needed any) error {
	var wrong *json.UnmarshalTypeError
	err := json.Unmarshal(data, event)
	if errors.As(err, &wrong) {
		// The decoder has read everything else, and names the first wrong field only.
		return readJSON(data, needed)
	}
	return err
}

// readJSON unmarshals, and says in plain words which field has a wrong type.
func readJSON(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		kind, _, _ := strings.Cut(wrong.Value, " ")
		return text.New(text.SourceWrongType, kind, wrong.Field)
	}
	return err
}
