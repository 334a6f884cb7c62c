package source

import (
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// Amazon ECR tells EventBridge what happened, and a rule hands it on as it is.
// There is no user in it, and no pulls. A delete names a tag with its digest, or
// the digest alone; then nothing more comes about the digest's tags. An image that a
// pull-through cache or a replication brought into the registry counts as pushed.

// ecrDetail is what the envelope of EventBridge carries; its id, time and type are those
// of the envelope.
type ecrDetail struct {
	Result       string `json:"result"`
	Sync         string `json:"sync-status"`
	Action       string `json:"action-type"`
	Repository   string `json:"repository-name"`
	Tag          string `json:"image-tag"`
	Digest       string `json:"image-digest"`
	ArtifactType word   `json:"artifact-media-type"`
	ManifestType word   `json:"manifest-media-type"`
	// The names that input transformers of EventBridge write.
	BridgedRepository string `json:"repositoryName"`
	BridgedTag        string `json:"imageTag"`
	BridgedDigest     string `json:"imageDigest"`
}

// The events that say what a repository holds now.
const (
	ecrImageAction = "ECR Image Action"
	ecrPullThrough = "ECR Pull Through Cache Action"
	ecrReplication = "ECR Replication Action"
)

// ecrBridged begins the types of CloudEvents that input transformers write.
const ecrBridged = "com.amazon.ecr.image."

func isECREnvelope(e Envelope) bool {
	return strings.HasPrefix(e.Type, "ECR ") || strings.HasPrefix(e.Type, ecrBridged)
}

func (e ecrDetail) event(r Request) (f DecodedEvent, reason text.Message) {
	f = DecodedEvent{
		Kind: e.kind(), Repository: e.Repository, Resources: []Resource{{Tag: e.Tag, Digest: e.Digest}}, PartialDeletes: true, UnreportedTags: true,
	}
	if action, bridged := strings.CutPrefix(r.Envelope.Type, ecrBridged); bridged {
		f.Repository, f.Resources = e.BridgedRepository, []Resource{{Tag: e.BridgedTag, Digest: e.BridgedDigest}}
		if f.Verb = Verb(action); f.Verb != Push && f.Verb != Delete {
			return f, text.New(text.EventTypeUnknown, brief(r.Envelope.Type))
		}
		return f, text.Message{}
	}
	f.Verb, reason = e.verb(r.Envelope.Type)
	return f, reason
}

// verb is what was done, or the reason why it is not reported.
func (e ecrDetail) verb(kind string) (Verb, text.Message) {
	result, action := e.Result, e.Action
	if kind == ecrPullThrough {
		result, action = e.Sync, "PUSH"
	}
	pushed := map[string]string{ecrImageAction: "PUSH", ecrPullThrough: "PUSH", ecrReplication: "REPLICATE"}[kind]
	switch {
	case pushed == "":
		return "", text.New(text.EventTypeUnknown, brief(kind))
	case result != "SUCCESS":
		return "", text.New(text.EventNotSuccessful, brief(result))
	case action == pushed:
		return Push, text.Message{}
	case action == "DELETE" && kind == ecrImageAction:
		return Delete, text.Message{}
	}
	return "", text.New(text.EventActionUnknown, brief(action))
}

// kind tells a chart from an image where the event says what the manifest is of.
func (e ecrDetail) kind() Kind {
	switch {
	case e.ArtifactType == helmConfig:
		return Chart
	case e.ArtifactType != "" || isIndex(string(e.ManifestType)):
		return Image
	}
	return Unknown
}

// ecrSetup is a rule of EventBridge and its target.
func ecrSetup() setup {
	return setup{
		about: text.SetupECR, note: text.SetupECRNote,
		snippet: `{
  "source": ["aws.ecr"],
  "detail-type": ["ECR Image Action", "ECR Pull Through Cache Action", "ECR Replication Action"],
  "detail": {"$or": [
    {"action-type": ["PUSH", "DELETE", "REPLICATE"], "result": ["SUCCESS"]},
    {"sync-status": ["SUCCESS"]}
  ]}
}`,
		fields: []field{fill("Endpoint", "POST {events}"), fill("Authorization", "Bearer {key}")},
	}
}
