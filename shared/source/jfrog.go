package source

import (
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// JFrog Artifactory tells of images in its domain "docker", which OCI repositories share.
// There is no id and no time. The repository's key is the first segment of an image's
// name, as it is where images are pulled by path.

type jfrogBody struct {
	Domain    string `json:"domain"`
	EventType string `json:"event_type"`
	Source    word   `json:"source"`
	Data      struct {
		RepoKey   string `json:"repo_key"`
		Path      string `json:"path"`
		ImageName string `json:"image_name"`
		Tag       string `json:"tag"`
		SHA256    string `json:"sha256"`
	} `json:"data"`
}

func isJFrogBody(f fields) bool { return f.get("domain") != nil && f.get("event_type") != nil }

func (b jfrogBody) event(r Request) (DecodedEvent, text.Message) {
	f := DecodedEvent{
		Repository: strings.Trim(b.Data.RepoKey+"/"+b.image(), "/"), Operator: string(b.Source), Unidentified: r.Envelope.ID == "",
		Resources: []Resource{{Tag: b.Data.Tag, Digest: b.Data.SHA256}},
	}
	if digest := b.Data.SHA256; digest != "" && !strings.Contains(digest, ":") {
		f.Resources[0].Digest = "sha256:" + digest
	}
	switch {
	case b.Domain != "docker":
		return f, text.New(text.EventTypeUnknown, brief(b.Domain+" "+b.EventType))
	case b.EventType == "pushed", b.EventType == "promoted":
		f.Verb = Push
	case b.EventType == "deleted":
		f.Verb = Delete
	default:
		return f, text.New(text.EventTypeUnknown, brief(b.EventType))
	}
	return f, text.Message{}
}

// image is the name of the image, of which image_name may hold the last segment only: the
// path has a folder for the tag and a file after it.
func (b jfrogBody) image() string {
	segments := strings.Split(b.Data.Path, "/")
	if len(segments) < 3 {
		return b.Data.ImageName
	}
	return strings.Join(segments[:len(segments)-2], "/")
}

// jfrogSetup is the form of a webhook.
func jfrogSetup() setup {
	return setup{
		about: text.SetupJFrog,
		fields: []field{
			fill("URL", "{events}"), fill("Events", "Docker: Tag was pushed, Tag was deleted, Tag was promoted"),
			fill("Custom Headers", "Authorization: Bearer {key}"),
		},
	}
}
