package source

import (
	"encoding/json"
	"slices"

	"github.com/shipbell/shipbell/shared/text"
)

// Quay tells which tags were pushed: there is no digest, no id, no time and no user. Its
// other notifications have the same fields but the tags.

type quayBody struct {
	Repository string  `json:"repository"`
	Tags       tagList `json:"updated_tags"`
	Visibility word    `json:"visibility"`
}

// tagList is a list of tags, or an object whose members are named for them, as old
// versions of Quay send it.
type tagList []string

// UnmarshalJSON keeps the order of a list, and sorts the names of an object.
func (l *tagList) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '{' {
		return json.Unmarshal(data, (*[]string)(l))
	}
	var named map[string]json.RawMessage
	if err := json.Unmarshal(data, &named); err != nil {
		return err
	}
	for tag := range named {
		*l = append(*l, tag)
	}
	slices.Sort(*l)
	return nil
}

func isQuayBody(f fields) bool {
	return f.get("updated_tags") != nil || f.get("docker_url") != nil && f.get("homepage") != nil
}

func (b quayBody) event(r Request) (DecodedEvent, text.Message) {
	f := DecodedEvent{Verb: Push, Repository: b.Repository, RepositoryType: string(b.Visibility), Unidentified: r.Envelope.ID == ""}
	for _, tag := range b.Tags {
		f.Resources = append(f.Resources, Resource{Tag: tag})
	}
	if b.Tags == nil {
		f.Verb = ""
		return f, text.New(text.EventOtherNotification)
	}
	return f, text.Message{}
}

// quaySetup is the form of a notification.
func quaySetup() setup {
	return setup{
		about: text.SetupQuay, note: text.SetupQuayNote,
		fields: []field{fill("Event", "Push to Repository"), fill("Method", "Webhook POST"), fill("Webhook URL", "{events}?key={key}")},
	}
}
