package source

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// The CNCF registry (distribution 2.x and 3.x, and what is built on it) sends
// {"events": […]} in a media type of its own, one event a request, in order,
// and repeats a request under the same ids until it is answered.

// helmConfig is the media type by which a manifest's references tell a chart
// from an image; the manifest's own type does not.
const helmConfig = "application/vnd.cncf.helm.config.v1+json"

type distributionEvent struct {
	ID        string `json:"id"`
	Timestamp string `json:"timestamp"`
	Action    string `json:"action"`
	Target    struct {
		MediaType  string `json:"mediaType"`
		Digest     string `json:"digest"`
		Repository string `json:"repository"`
		Tag        string `json:"tag"`
		References []struct {
			MediaType string `json:"mediaType"`
			Digest    string `json:"digest"`
		} `json:"references"`
	} `json:"target"`
	Request struct {
		Addr      string `json:"addr"`
		Method    string `json:"method"`
		UserAgent string `json:"useragent"`
	} `json:"request"`
	Actor struct {
		Name string `json:"name"`
	} `json:"actor"`
}

// distributionNeeded are the fields without which there is no event.
type distributionNeeded struct {
	ID     string `json:"id"`
	Action string `json:"action"`
	Target struct {
		Digest     string `json:"digest"`
		Repository string `json:"repository"`
		Tag        string `json:"tag"`
	} `json:"target"`
}

func isDistributionHeader(h http.Header) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media == "application/vnd.docker.distribution.events.v1+json" ||
		media == "application/vnd.docker.distribution.events.v2+json"
}

func isDistributionBody(f fields) bool {
	return bytes.HasPrefix(f.get("events"), []byte("["))
}

func decodeDistribution(r Request) (events []DecodedEvent, ignored []shipbell.IgnoredEvent, err error) {
	// Events are read one by one, so that one that cannot be read takes no other
	// with it.
	var envelope struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := readJSON(r.Body, &envelope); err != nil {
		return nil, nil, err
	}
	if envelope.Events == nil {
		return nil, nil, text.New(text.SourceNoEvents)
	}
	for i, raw := range envelope.Events {
		if i == maxEvents {
			ignored = append(ignored, shipbell.IgnoredEvent{Reason: text.New(text.EventTooMany, len(envelope.Events)-i, i)})
			break
		}
		f, reason, routine := decodeDistributionEvent(raw)
		if !reason.IsZero() {
			ignored = append(ignored, f.Ignored(reason, routine))
			continue
		}
		events = append(events, f)
	}
	return events, ignored, nil
}

func decodeDistributionEvent(raw json.RawMessage) (f DecodedEvent, reason text.Message, routine bool) {
	var e distributionEvent
	if err := readEvent(raw, &e, &distributionNeeded{}); err != nil {
		return DecodedEvent{EventID: hashID(raw)}, text.New(text.EventUnreadable, err), false
	}
	if e.ID == "" {
		e.ID = hashID(raw)
	}
	f = DecodedEvent{
		EventID: safeID(e.ID), Verb: Verb(e.Action), Kind: e.kind(), Repository: e.Target.Repository, Operator: e.Actor.Name,
		Resources: []Resource{{Tag: e.Target.Tag, Digest: e.Target.Digest}}, PartialDeletes: true,
	}
	if f.Verb == Pull {
		f.Head = e.Request.Method != http.MethodGet
		f.Client, f.Children = Client(e.Request.Addr, e.Request.UserAgent, e.Actor.Name), e.children()
	}
	// A time that cannot be read stays zero, which stands for the time of receipt.
	f.Time, _ = time.Parse(time.RFC3339Nano, e.Timestamp)
	reason, routine = e.unwanted()
	return f, reason, routine
}

// unwanted says why an event is nothing that a trigger could be about, or nothing.
func (e distributionEvent) unwanted() (reason text.Message, routine bool) {
	switch e.Action {
	case "delete":
		return text.Message{}, false
	case "push", "pull":
	case "mount":
		return text.New(text.IgnoredMount), true
	default:
		return text.New(text.EventActionUnknown, brief(e.Action)), false
	}
	// A blob has no tag.
	if isManifest(e.Target.MediaType) || e.Target.MediaType == "" && e.Target.Tag != "" {
		return text.Message{}, false
	}
	return text.New(text.IgnoredBlob), true
}

// children are the digests of an index's manifests.
func (e distributionEvent) children() (digests []string) {
	if !isIndex(e.Target.MediaType) {
		return nil
	}
	for _, ref := range e.Target.References {
		if isManifest(ref.MediaType) {
			digests = append(digests, ref.Digest)
		}
	}
	return digests
}

// kind tells a chart from an image where the event says what the manifest
// refers to; deletes never do, pushes only if the registry is told to.
func (e distributionEvent) kind() Kind {
	if isIndex(e.Target.MediaType) {
		return Image
	}
	for _, ref := range e.Target.References {
		if ref.MediaType == helmConfig {
			return Chart
		}
	}
	if len(e.Target.References) > 0 {
		return Image
	}
	return Unknown
}

func isIndex(mediaType string) bool {
	return mediaType == "application/vnd.oci.image.index.v1+json" ||
		mediaType == "application/vnd.docker.distribution.manifest.list.v2+json"
}

func isManifest(mediaType string) bool {
	switch mediaType {
	case "application/vnd.oci.image.manifest.v1+json",
		"application/vnd.docker.distribution.manifest.v2+json",
		"application/vnd.docker.distribution.manifest.v1+prettyjws",
		"application/vnd.docker.distribution.manifest.v1+json":
		return true
	}
	return isIndex(mediaType)
}

// distributionSetup is a part of the registry's configuration.
func distributionSetup() setup {
	return setup{
		about: text.SetupDistribution, note: text.SetupDistributionNote,
		snippet: `storage:
  delete:
    enabled: true
notifications:
  events:
    includereferences: true
  endpoints:
    - name: shipbell
      url: {events}
      headers:
        Authorization: [Bearer {key}]
      timeout: 5s
      threshold: 3
      backoff: 1s
      ignore:
        mediatypes:
          - application/octet-stream`,
	}
}
