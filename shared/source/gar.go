package source

import (
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Google Artifact Registry publishes a message to a topic of Pub/Sub, whose push
// subscription sends it on: a reference with the tag, one with the digest, or both. The
// envelope has the id and the time; a subscription that unwraps the message sends them as
// headers if it writes metadata. There is no user, and there are no pulls. A delete names
// a tag or a digest, and nothing comes about the digest's tags.

// GoogleArtifactRegistry is the name of the source.
const GoogleArtifactRegistry = "gar"

type garBody struct {
	Action string `json:"action"`
	Digest string `json:"digest"`
	Tag    string `json:"tag"`
}

func isGARBody(f fields) bool {
	action := f.text("action")
	return (action == "INSERT" || action == "DELETE") && (f.text("tag") != "" || f.text("digest") != "")
}

func (b garBody) event(r Request) (DecodedEvent, text.Message) {
	f := DecodedEvent{Unidentified: r.Envelope.ID == "", PartialDeletes: true, UnreportedTags: true}
	tagged, tag, _ := splitReference(b.Tag)
	repository, _, digest := splitReference(b.Digest)
	if repository == "" {
		repository = tagged
	}
	f.Repository, f.Resources = repository, []Resource{{Tag: tag, Digest: digest}}
	switch b.Action {
	case "INSERT":
		f.Verb = Push
	case "DELETE":
		f.Verb = Delete
	default:
		return f, text.New(text.EventActionUnknown, brief(b.Action))
	}
	if strings.Contains(repository, ":") {
		// A project of a domain: no reference to an image can have such a name.
		return f, text.New(text.EventRepositoryColon, brief(repository))
	}
	return f, text.Message{}
}

// splitReference splits HOST/REPOSITORY:TAG@DIGEST, of which the tag or the digest may be
// missing, and drops the host.
func splitReference(reference string) (repository, tag, digest string) {
	name, digest, _ := strings.Cut(reference, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name, tag = name[:i], name[i+1:]
	}
	_, repository, _ = strings.Cut(name, "/")
	return repository, tag, digest
}

// garSetup makes the topic that Artifact Registry publishes to, and its subscription.
func garSetup() setup {
	return setup{
		about: text.SetupGAR, note: text.SetupGARNote,
		snippet: `gcloud pubsub topics create gcr
gcloud pubsub subscriptions create shipbell --topic=gcr \
  --push-endpoint='{events}?key={key}' --ack-deadline=30`,
	}
}
