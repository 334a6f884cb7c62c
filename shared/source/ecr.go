package source

import (
	"encoding/json"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Amazon ECR tells EventBridge what happened, and a rule hands it on as it is.
// There is no user in it, and no pulls. A delete names a tag with its digest, or
// the digest alone; then nothing more comes about the digest's tags. An image that a
// pull-through cache or a replication brought into the registry counts as pushed.

type ecrEvent struct {
	ID         string `json:"id"`
	DetailType string `json:"detail-type"`
	Time       string `json:"time"`
	Detail     struct {
		Result       string `json:"result"`
		Sync         string `json:"sync-status"`
		Action       string `json:"action-type"`
		Repository   string `json:"repository-name"`
		Tag          string `json:"image-tag"`
		Digest       string `json:"image-digest"`
		ArtifactType string `json:"artifact-media-type"`
		ManifestType string `json:"manifest-media-type"`
	} `json:"detail"`
}

// The events that say what a repository holds now.
const (
	ecrImageAction = "ECR Image Action"
	ecrPullThrough = "ECR Pull Through Cache Action"
	ecrReplication = "ECR Replication Action"
)

func isECRBody(fields map[string]json.RawMessage) bool { return fields["detail-type"] != nil }

func decodeECR(r Request) ([]DecodedEvent, []shipbell.IgnoredEvent, error) {
	var e ecrEvent
	if err := readJSON(r.Body, &e); err != nil {
		return nil, nil, err
	}
	if e.ID == "" {
		e.ID = hashID(r.Body)
	}
	f := DecodedEvent{
		EventID: safeID(e.ID), Kind: e.kind(), Repository: e.Detail.Repository,
		Resources: []Resource{{Tag: e.Detail.Tag, Digest: e.Detail.Digest}}, PartialDeletes: true, UnreportedTags: true,
	}
	// A time that cannot be read stays zero, which stands for the time of receipt.
	f.Time, _ = time.Parse(time.RFC3339Nano, e.Time)
	var reason text.Message
	if f.Verb, reason = e.verb(); !reason.IsZero() {
		return nil, []shipbell.IgnoredEvent{f.Ignored(reason, false)}, nil
	}
	return []DecodedEvent{f}, nil, nil
}

// verb is what was done, or the reason why it is not reported.
func (e ecrEvent) verb() (Verb, text.Message) {
	result, action := e.Detail.Result, e.Detail.Action
	if e.DetailType == ecrPullThrough {
		result, action = e.Detail.Sync, "PUSH"
	}
	pushed := map[string]string{ecrImageAction: "PUSH", ecrPullThrough: "PUSH", ecrReplication: "REPLICATE"}[e.DetailType]
	switch {
	case pushed == "":
		return "", text.New(text.EventTypeUnknown, brief(e.DetailType))
	case result != "SUCCESS":
		return "", text.New(text.EventNotSuccessful, brief(result))
	case action == pushed:
		return Push, text.Message{}
	case action == "DELETE" && e.DetailType == ecrImageAction:
		return Delete, text.Message{}
	}
	return "", text.New(text.EventActionUnknown, brief(action))
}

// kind tells a chart from an image where the event says what the manifest is of.
func (e ecrEvent) kind() Kind {
	switch {
	case e.Detail.ArtifactType == helmConfig:
		return Chart
	case e.Detail.ArtifactType != "" || isIndex(e.Detail.ManifestType):
		return Image
	}
	return Unknown
}
