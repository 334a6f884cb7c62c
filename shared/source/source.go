// Package source turns what a container registry sends into Shipbell's events,
// in two steps that do no I/O of their own. Decode recognises the dialect of a
// request and reads decoded events from it; Resolve completes one decoded event from the catalog,
// which is what is known of the registry, and gives the event or the reason why
// there is none.
//
// It trusts nothing: addresses come from the registry's configuration and never
// from a request, and every name has a limit. It does not authenticate, match
// or write.
package source

import (
	"encoding/json"
	"errors"
	"net/http"
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
}

// Decoded is what a request says.
type Decoded struct {
	// Source is the name of the dialect.
	Source string
	// Events are what Resolve can make events of, in the order sent.
	Events []DecodedEvent
	// Ignored is the rest.
	Ignored []shipbell.IgnoredEvent
}

// Ignored is the decoded event as an event that is ignored for a reason.
func (f DecodedEvent) Ignored(reason text.Message, routine bool) shipbell.IgnoredEvent {
	ignored := shipbell.IgnoredEvent{EventID: f.EventID, Reason: reason, Repository: f.Repository, Routine: routine}
	if f.Verb == Push || f.Verb == Delete || f.Verb == Pull {
		ignored.Action = action(f.Verb, f.Kind)
	}
	if len(f.Resources) > 0 {
		ignored.Tag = f.Resources[0].Tag
	}
	return ignored
}

// dialect is one way in which registries tell what happened.
type dialect struct {
	name string
	// header recognises the sender by its headers; nil where they do not tell.
	header func(http.Header) bool
	// body recognises a JSON object by its fields.
	body func(fields map[string]json.RawMessage) bool
	// blocking senders repeat a refused request for ever and hold back all later
	// ones meanwhile.
	blocking bool
	decode   func(Request) ([]DecodedEvent, []shipbell.IgnoredEvent, error)
}

// dialects is every known dialect in the order of recognition: the headers of
// all come before the bodies of all.
func dialects() []dialect {
	return []dialect{
		{name: "distribution", header: isDistributionHeader, body: isDistributionBody, blocking: true, decode: decodeDistribution},
		{name: "ecr", body: isECRBody, decode: decodeECR},
		{name: "tcr", body: isTCRBody, decode: decodeTCR},
	}
}

// Names are the names of the dialects.
func Names() []string {
	var names []string
	for _, d := range dialects() {
		names = append(names, d.name)
	}
	return names
}

// Decode recognises the dialect of a request and reads it. What is not wanted
// is ignored and never an error. The error is a *shipbell.Error: Malformed for a
// body that cannot be read or is of no known dialect, Invalid for a forced
// source that does not exist. Blocking senders get no Malformed error: their
// body is ignored.
func Decode(r Request) (Decoded, error) {
	d, err := recognise(r)
	if err != nil {
		return Decoded{}, err
	}
	events, ignored, err := d.read(r)
	if err != nil {
		reason := text.New(text.SourceUnreadable, d.name, err)
		if d.blocking || Blocking(r.Header, r.Source) {
			return Decoded{Source: d.name, Ignored: []shipbell.IgnoredEvent{{Reason: reason}}}, nil
		}
		return Decoded{}, &shipbell.Error{Kind: shipbell.Malformed, Message: reason}
	}
	decoded := Decoded{Source: d.name, Ignored: ignored}
	for _, f := range events {
		f.Source = d.name
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
		if d.blocking && (forced == d.name || d.header != nil && d.header(header)) {
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

func recognise(r Request) (dialect, error) {
	var names []string
	for _, d := range dialects() {
		if r.Source == d.name || r.Source == "" && d.header != nil && d.header(r.Header) {
			return d, nil
		}
		names = append(names, d.name)
	}
	if r.Source != "" {
		return dialect{}, shipbell.InvalidField("source", text.SourceUnknown, brief(r.Source), names)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(r.Body, &fields); err != nil {
		return dialect{}, shipbell.NewError(shipbell.Malformed, text.SourceNotObject, names)
	}
	for _, d := range dialects() {
		if d.body(fields) {
			return d, nil
		}
	}
	return dialect{}, shipbell.NewError(shipbell.Malformed, text.SourceNotRecognised, names)
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
