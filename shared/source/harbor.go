package source

import (
	"fmt"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Harbor 2 sends CloudEvents where a webhook's payload format says so: their data is what
// the format Default, which has the form of TCR's body, has in event_data.

type harborBody struct{ tcrEventData }

// harborTypes begins the types of Harbor's CloudEvents.
const harborTypes = "harbor."

func isHarborEnvelope(e Envelope) bool { return strings.HasPrefix(e.Type, harborTypes) }

func (b harborBody) event(r Request) (DecodedEvent, text.Message) {
	kind := map[string]string{
		"harbor.artifact.pushed": "PUSH_ARTIFACT", "harbor.artifact.deleted": "DELETE_ARTIFACT", "harbor.artifact.pulled": "PULL_ARTIFACT",
	}[r.Envelope.Type]
	if kind == "" {
		return DecodedEvent{Repository: b.Repository.RepoFullName}, text.New(text.EventTypeUnknown, brief(r.Envelope.Type))
	}
	return tcrBody{Type: kind, OccurAt: instant{r.Envelope.Time}, Operator: word(r.Envelope.Operator), EventData: b.tcrEventData}.event(r)
}

// harborID is the id of an event of Harbor 2: a webhook of each format may tell of the
// same action, and only the CloudEvent has an id.
func harborID(f DecodedEvent) string {
	id := fmt.Appendf(nil, "%s %d %q %q", f.Verb, f.Time.Unix(), f.Repository, f.Operator)
	for _, r := range f.Resources {
		id = fmt.Appendf(id, " %q %q", r.Tag, r.Digest)
	}
	return hashID(id)
}

// harborSetup is the form of a webhook.
func harborSetup() setup {
	return setup{
		about: text.SetupHarbor, note: text.SetupHarborNote,
		fields: []field{
			fill("Notify Type", "http"), fill("Payload Format", "Default"), {"Event Type", text.New(text.SetupHarborEvents)},
			fill("Endpoint URL", "{events}"), fill("Auth Header", "Bearer {key}"),
		},
	}
}
