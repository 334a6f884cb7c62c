package tencent

import (
	"encoding/json"
	"errors"
	"fmt"
)

// envelope is the event of an invocation of deliver: it is to work on the messages that
// wait in Redis. Those that older versions wrote into events are not read: sweep finds
// what they were about.
type envelope struct {
	// Shipbell is envelopeKind, which tells an envelope from other events.
	Shipbell string `json:"shipbell"`
	// Run is the id of the run that was invoked; "" for an invocation by hand.
	Run string `json:"run,omitempty"`
}

const envelopeKind = "deliver"

// readEnvelope reads the event of an invocation of deliver.
func readEnvelope(event []byte) (e envelope, err error) {
	if overHTTP, err := isRequest(event); err != nil || overHTTP {
		return e, errors.Join(err, errIsHTTP)
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return e, fmt.Errorf("read the event: %w", err)
	}
	if e.Shipbell != envelopeKind {
		return e, errors.New("the event is no invocation of deliver by Shipbell")
	}
	return e, nil
}

// text is the envelope as an event.
func (e envelope) text() []byte {
	data, _ := json.Marshal(e) // never fails: it is of strings
	return data
}
