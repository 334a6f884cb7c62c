package source

import (
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Sonatype Nexus tells of components: the version of one is a tag, or a digest where there
// is no tag. It never tells both, so what is pushed must be remembered.

type nexusBody struct {
	Timestamp instant `json:"timestamp"`
	Initiator word    `json:"initiator"`
	Action    string  `json:"action"`
	Component struct {
		Format  word   `json:"format"`
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"component"`
}

const nexusID = "X-Nexus-Webhook-Id"

func isNexus(h http.Header) bool { return h.Get(nexusID) != "" }

func (b nexusBody) event(r Request) (DecodedEvent, text.Message) {
	// The initiator is user/address.
	operator, _, _ := strings.Cut(string(b.Initiator), "/")
	f := DecodedEvent{
		EventID: r.Header.Get("X-Nexus-Webhook-Delivery"), Time: b.Timestamp.Time, Repository: b.Component.Name,
		Resources: []Resource{{Tag: b.Component.Version}}, Operator: operator, PartialDeletes: true,
	}
	if kind := r.Header.Get(nexusID); kind != "" && kind != "rm:repository:component" {
		return f, text.New(text.EventTypeUnknown, brief(kind))
	}
	switch b.Component.Format {
	case "docker":
	case "helm":
		f.Kind = Chart
	default:
		return f, text.New(text.EventPackageType, brief(string(b.Component.Format)))
	}
	switch b.Action {
	case "CREATED", "UPDATED":
		f.Verb = Push
	case "DELETED":
		f.Verb = Delete
	default:
		return f, text.New(text.EventActionUnknown, brief(b.Action))
	}
	return f, text.Message{}
}

// nexusSetup is the form of a capability.
func nexusSetup() setup {
	return setup{
		about: text.SetupNexus, note: text.SetupNexusNote,
		fields: []field{fill("Capability", "Webhook: Repository"), fill("Event Types", "component"), fill("URL", "{events}?key={key}")},
	}
}
