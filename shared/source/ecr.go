package source

import (
	"encoding/json"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Amazon ECR tells EventBridge what happened, and a rule hands it on as it is.
// There is no user in it, and no pulls. A delete names a tag with its digest, or
// the digest alone; then nothing more comes about the digest's tags.

type ecrEvent struct {
	ID         string `json:"id"`
	DetailType string `json:"detail-type"`
	Time       string `json:"time"`
	Detail     struct {
		Result       string `json:"result"`
		Action       string `json:"action-type"`
		Repository   string `json:"repository-name"`
		Tag          string `json:"image-tag"`
		Digest       string `json:"image-digest"`
		ArtifactType string `json:"artifact-media-type"`
		ManifestType string `json:"manifest-media-type"`
	} `json:"detail"`
}

const ecrImageAction = "ECR Image Action"

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
	switch {
	case e.DetailType != ecrImageAction:
		reason = text.New(text.EventTypeUnknown, brief(e.DetailType))
	case e.Detail.Result != "SUCCESS":
		reason = text.New(text.EventNotSuccessful, brief(e.Detail.Result))
	case e.Detail.Action == "PUSH":
		f.Verb = Push
	case e.Detail.Action == "DELETE":
		f.Verb = Delete
	default:
		reason = text.New(text.EventActionUnknown, brief(e.Detail.Action))
	}
	if !reason.IsZero() {
		return nil, []shipbell.IgnoredEvent{f.Ignored(reason, false)}, nil
	}
	return []DecodedEvent{f}, nil, nil
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
