package source

import (
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Gitea, and Forgejo which was made from it, tell of packages: the version of a container
// is a tag, or a digest where there is no tag, and never both. A delete of a digest is
// told for each of its tags.

type giteaBody struct {
	Action  string `json:"action"`
	Package struct {
		Owner struct {
			Login      string `json:"login"`
			Visibility word   `json:"visibility"`
		} `json:"owner"`
		Name      string  `json:"name"`
		Type      word    `json:"type"`
		Version   string  `json:"version"`
		CreatedAt instant `json:"created_at"`
	} `json:"package"`
	Sender login `json:"sender"`
}

const giteaEvent = "X-Gitea-Event"

func isGitea(h http.Header) bool { return h.Get(giteaEvent) != "" }

func isForgejo(h http.Header) bool { return h.Get("X-Forgejo-Event") != "" }

func (b giteaBody) event(r Request) (DecodedEvent, text.Message) {
	p := b.Package
	f := DecodedEvent{
		EventID: r.Header.Get("X-Gitea-Delivery"), Repository: strings.Trim(p.Owner.Login+"/"+p.Name, "/"),
		RepositoryType: string(p.Owner.Visibility), Resources: []Resource{{Tag: p.Version}},
		Operator: string(b.Sender), PartialDeletes: true,
	}
	if f.RepositoryType == "limited" {
		f.RepositoryType = "private"
	}
	if kind := r.Header.Get(giteaEvent); kind != "" && kind != "package" {
		return f, text.New(text.EventTypeUnknown, brief(kind))
	}
	switch p.Type {
	case "container":
		// The names of images have no capitals, those of owners may have.
		f.Repository = strings.ToLower(f.Repository)
	case "helm":
		f.Kind = Chart
	default:
		return f, text.New(text.EventPackageType, brief(string(p.Type)))
	}
	switch b.Action {
	case "created":
		f.Verb, f.Time = Push, p.CreatedAt.Time
	case "deleted":
		// created_at is that of the version: the time of the delete is not told.
		f.Verb = Delete
	default:
		return f, text.New(text.EventActionUnknown, brief(b.Action))
	}
	return f, text.Message{}
}

// giteaSetup is the form of a webhook, which Forgejo has too.
func giteaSetup() setup {
	return setup{
		about: text.SetupGitea, note: text.SetupGiteaNote,
		fields: []field{
			fill("Target URL", "{events}"), fill("HTTP Method", "POST"), fill("POST Content Type", "application/json"),
			fill("Trigger On", "Custom Events: Package"), fill("Authorization Header", "Bearer {key}"),
		},
	}
}
