package source

import (
	"errors"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// eventBody is the body of a request with one event.
type eventBody interface {
	// event translates the body, and gives the reason if Shipbell does not report it. An
	// event without an id gets that of its envelope, or one made of the body.
	event(Request) (DecodedEvent, text.Message)
}

// single decodes a request with one event. A body that is JSON is never an error: what
// cannot be read of it is ignored.
func single[T eventBody](r Request) ([]DecodedEvent, []shipbell.IgnoredEvent, error) {
	var body T
	if err := readJSON(r.Body, &body); err != nil {
		var wrong text.Message
		if !errors.As(err, &wrong) {
			return nil, nil, err
		}
		unreadable := DecodedEvent{EventID: r.eventID()}
		return nil, []shipbell.IgnoredEvent{unreadable.Ignored(text.New(text.EventUnreadable, err), false)}, nil
	}
	f, reason := body.event(r)
	if f.EventID == "" {
		f.EventID = r.eventID()
	}
	if !reason.IsZero() {
		f.EventID = safeID(f.EventID)
		return nil, []shipbell.IgnoredEvent{f.Ignored(reason, false)}, nil
	}
	return []DecodedEvent{f}, nil, nil
}
