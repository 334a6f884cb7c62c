package source

import (
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// A CloudEvent of Shipbell's own form is for what no other dialect is about: a bridge from
// another system, or another Shipbell. Its type is "dev.shipbell." and the action, its
// data a body of TCR's form.

type cloudEventBody struct{ tcrBody }

// ownTypes begins the types of Shipbell's own form.
const ownTypes = "dev.shipbell."

func isOwnEnvelope(e Envelope) bool { return strings.HasPrefix(e.Type, ownTypes) }

func (b cloudEventBody) event(r Request) (DecodedEvent, text.Message) {
	if action, own := strings.CutPrefix(r.Envelope.Type, ownTypes); own {
		b.Type = action
	}
	return b.tcrBody.event(r)
}
