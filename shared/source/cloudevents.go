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

// cloudEventsSetup is a request as a bridge makes it.
func cloudEventsSetup() setup {
	return setup{
		about: text.SetupCloudEvents,
		snippet: `curl {events} \
  -H 'Authorization: Bearer {key}' \
  -H 'Content-Type: application/cloudevents+json' \
  -d '{
  "specversion": "1.0",
  "id": "1",
  "source": "/bridge/1",
  "type": "dev.shipbell.pushImage",
  "time": "2026-11-30T10:00:00Z",
  "data": {
    "event_data": {
      "resources": [{"digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "tag": "v1.0.0"}],
      "repository": {"repo_full_name": "public/hello", "repo_type": "public"}
    },
    "operator": "alice"
  }
}'`,
	}
}
