package source

import (
	"net/url"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Tencent Container Registry and Harbor share one body: Harbor 1.x uses the
// same types of event, Harbor 2 has others in the same place. None sends an id. Harbor 2
// deletes digests, and names one of the tags that the digest had.

type tcrBody struct {
	Type      string       `json:"type"`
	OccurAt   instant      `json:"occur_at"`
	Operator  word         `json:"operator"`
	EventData tcrEventData `json:"event_data"`
}

type tcrEventData struct {
	Resources []struct {
		Digest      string `json:"digest"`
		Tag         string `json:"tag"`
		ResourceURL word   `json:"resource_url"`
	} `json:"resources"`
	Repository struct {
		DateCreated  instant `json:"date_created"`
		Name         string  `json:"name"`
		Namespace    string  `json:"namespace"`
		RepoFullName string  `json:"repo_full_name"`
		RepoType     word    `json:"repo_type"`
	} `json:"repository"`
}

// A test event may come without event_data.
func isTCRBody(f fields) bool {
	return f.get("type") != nil && (f.get("event_data") != nil || f.get("occur_at") != nil)
}

func (b tcrBody) event(r Request) (DecodedEvent, text.Message) {
	repository := b.EventData.Repository
	f := DecodedEvent{
		EventID: r.eventID(), Repository: repository.RepoFullName, RepositoryType: string(repository.RepoType),
		CreatedAt: repository.DateCreated.unix(), Operator: string(b.Operator), Time: b.OccurAt.Time, Unidentified: b.OccurAt.IsZero() && r.Envelope.ID == "",
	}
	if f.Repository == "" {
		f.Repository = strings.TrimPrefix(repository.Namespace+"/"+repository.Name, "/")
	}
	f.Verb, f.Kind = tcrType(b.Type)
	switch {
	case b.Type == "":
		return f, text.New(text.SourceNoType)
	case f.Verb == "":
		return f, text.New(text.EventTypeUnknown, brief(b.Type))
	}
	for _, res := range b.EventData.Resources {
		resource := Resource{Tag: res.Tag, Digest: res.Digest}
		if f.Kind == Chart && isFileURL(string(res.ResourceURL)) {
			resource.FileURL = string(res.ResourceURL)
		}
		f.Resources = append(f.Resources, resource)
	}
	if f.Kind == Unknown { // Harbor 2
		f.EventID, f.UnreportedTags, f.OneOfTags = harborID(f), true, true
		f.Client = Client("harbor", "", f.Operator)
	}
	return f, text.Message{}
}

// tcrType translates the type of an event. Harbor 2 does not say what kind of
// artifact it is about.
func tcrType(name string) (Verb, Kind) {
	switch name {
	case "pushImage":
		return Push, Image
	case "deleteImage":
		return Delete, Image
	case "pullImage":
		return Pull, Image
	case "uploadChart":
		return Push, Chart
	case "deleteChart":
		return Delete, Chart
	case "downloadChart":
		return Pull, Chart
	case "PUSH_ARTIFACT":
		return Push, Unknown
	case "DELETE_ARTIFACT":
		return Delete, Unknown
	case "PULL_ARTIFACT":
		return Pull, Unknown
	}
	return "", Unknown
}

// isFileURL tells the address of a chart file, which has a scheme, from that of
// an OCI artifact, which has none.
func isFileURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && len(u.Path) > 1
}

// tcrSetup is the form of a trigger.
func tcrSetup() setup {
	return setup{
		about:  text.SetupTCR,
		fields: []field{fill("URL", "{events}"), fill("Header", "Authorization: Bearer {key}")},
	}
}
