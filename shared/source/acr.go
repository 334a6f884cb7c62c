package source

import (
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Azure Container Registry has a webhook of its own, which sends an action, and Event
// Grid, whose events carry the same object. A delete names the digest alone, and nothing
// comes about its tags. There is no user, and there are no pulls.

type acrBody struct {
	ID        string  `json:"id"`
	Timestamp instant `json:"timestamp"`
	Action    string  `json:"action"`
	Target    struct {
		MediaType  word   `json:"mediaType"`
		Digest     string `json:"digest"`
		Repository string `json:"repository"`
		Tag        string `json:"tag"`
		// Name and Version are those of a chart that is kept as a plain file.
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"target"`
}

func isACRHeader(h http.Header) bool {
	return strings.HasPrefix(h.Get("User-Agent"), "AzureContainerRegistry")
}

func isACREnvelope(e Envelope) bool { return strings.HasPrefix(e.Type, "Microsoft.ContainerRegistry.") }

func isACRBody(f fields) bool { return f.get("action") != nil && f.get("target") != nil }

func (a acrBody) event(Request) (DecodedEvent, text.Message) {
	f := DecodedEvent{
		EventID: a.ID, Time: a.Timestamp.Time, Repository: a.Target.Repository,
		Resources: []Resource{{Tag: a.Target.Tag, Digest: a.Target.Digest}}, PartialDeletes: true, UnreportedTags: true,
	}
	switch a.Action {
	case "push":
		f.Verb, f.Kind = Push, indexKind(a.Target.MediaType)
	case "delete":
		f.Verb = Delete
	case "chart_push":
		f.Verb, f.Kind = Push, Chart
	case "chart_delete":
		f.Verb, f.Kind = Delete, Chart
	default:
		return f, text.New(text.EventActionUnknown, brief(a.Action))
	}
	if f.Kind == Chart {
		// The tag is the name of a file.
		f.Repository = strings.Trim(f.Repository+"/"+a.Target.Name, "/")
		f.Resources[0].Tag = strings.TrimSuffix(a.Target.Version, ".tgz")
	}
	return f, text.Message{}
}

// acrSetup makes a webhook.
func acrSetup() setup {
	return setup{
		about: text.SetupACR, note: text.SetupACRNote,
		snippet: `az acr webhook create --registry REGISTRY --name shipbell \
  --uri '{events}' --headers 'Authorization=Bearer {key}' \
  --actions push delete chart_push chart_delete`,
	}
}
