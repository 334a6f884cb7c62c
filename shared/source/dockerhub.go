package source

import (
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Docker Hub tells of pushes of tags, and of nothing else. There is no digest and no id:
// two bodies that are equal are one event.

type dockerHubBody struct {
	Push struct {
		Tag       string  `json:"tag"`
		PushedAt  instant `json:"pushed_at"`
		Pusher    word    `json:"pusher"`
		MediaType word    `json:"media_type"`
	} `json:"push_data"`
	Repository struct {
		RepoName    string         `json:"repo_name"`
		Namespace   string         `json:"namespace"`
		Name        string         `json:"name"`
		IsPrivate   optional[bool] `json:"is_private"`
		DateCreated instant        `json:"date_created"`
	} `json:"repository"`
}

func isDockerHubBody(f fields) bool {
	return f.get("push_data") != nil && f.object("repository").get("repo_name") != nil
}

func (b dockerHubBody) event(r Request) (DecodedEvent, text.Message) {
	f := DecodedEvent{
		Time: b.Push.PushedAt.Time, Verb: Push, Kind: indexKind(b.Push.MediaType), Repository: b.Repository.RepoName,
		CreatedAt: b.Repository.DateCreated.unix(), Resources: []Resource{{Tag: b.Push.Tag}}, Operator: string(b.Push.Pusher),
		Unidentified: b.Push.PushedAt.IsZero() && r.Envelope.ID == "",
	}
	if f.Repository == "" {
		f.Repository = strings.Trim(b.Repository.Namespace+"/"+b.Repository.Name, "/")
	}
	if b.Repository.IsPrivate.Set {
		f.RepositoryType = "public"
		if b.Repository.IsPrivate.Value {
			f.RepositoryType = "private"
		}
	}
	return f, text.Message{}
}

// dockerHubSetup is the form of a webhook.
func dockerHubSetup() setup {
	return setup{
		about:  text.SetupDockerHub,
		fields: []field{fill("Webhook name", "shipbell"), fill("Webhook URL", "{events}?key={key}")},
	}
}
