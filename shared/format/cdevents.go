package format

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

type cdEvent struct {
	Context    cdContext `json:"context"`
	Subject    cdSubject `json:"subject"`
	CustomData tcrBody   `json:"customData"`
	CustomType string    `json:"customDataContentType"`
}

type cdContext struct {
	// Version is what 0.4 has, and SpecVersion what took its place.
	Version     string              `json:"version,omitempty"`
	SpecVersion string              `json:"specversion,omitempty"`
	ID          shipbell.DeliveryID `json:"id"`
	Source      string              `json:"source"`
	Type        string              `json:"type"`
	Timestamp   string              `json:"timestamp"`
}

type cdSubject struct {
	ID      string    `json:"id"`
	Source  string    `json:"source"`
	Type    string    `json:"type,omitempty"` // 0.4 only
	Content cdContent `json:"content"`
}

// cdContent is what is known of who did it. The schema refuses an empty user.
type cdContent struct {
	User string `json:"user,omitempty"`
}

// cdEvents is CDEvents 0.5: artifact.published, artifact.deleted, artifact.downloaded.
// https://github.com/cdevents/spec/blob/v0.5.0/continuous-integration.md
func cdEvents() definition {
	return cdEventsOf("0.5.0", map[string]string{"published": "0.3.0", "deleted": "0.2.0", "downloaded": "0.2.0"}, func(e *cdEvent, version string) {
		e.Context.SpecVersion = version
	})
}

// cdEvents04 is CDEvents 0.4.1, which Flux reads.
// https://github.com/cdevents/spec/blob/v0.4.1/continuous-integration.md
func cdEvents04() definition {
	return cdEventsOf("0.4.1", map[string]string{"published": "0.2.0", "deleted": "0.1.0", "downloaded": "0.1.0"}, func(e *cdEvent, version string) {
		e.Context.Version, e.Subject.Type = version, "artifact"
	})
}

// cdEventsOf is CDEvents by a version of its specification, in which each predicate has a
// version of its own. The events go in the binary mode of CloudEvents:
// https://github.com/cdevents/spec/blob/v0.4.1/cloudevents-binding.md
func cdEventsOf(spec string, versions map[string]string, complete func(e *cdEvent, version string)) definition {
	predicates := map[shipbell.Action]string{
		shipbell.PushImage: "published", shipbell.UploadChart: "published",
		shipbell.DeleteImage: "deleted", shipbell.DeleteChart: "deleted",
		shipbell.PullImage: "downloaded", shipbell.DownloadChart: "downloaded",
	}
	return definition{body: func(m *message) (any, map[string]string) {
		r, predicate := m.only(), predicates[m.Action]
		e := cdEvent{
			Context: cdContext{
				ID: m.delivery.ID, Source: m.source(), Timestamp: m.at().Format(time.RFC3339),
				Type: "dev.cdevents.artifact." + predicate + "." + versions[predicate],
			},
			Subject:    cdSubject{ID: m.purl(r), Source: m.source(), Content: cdContent{m.Operator}},
			CustomData: newTCRBody(m.Event), CustomType: "application/json",
		}
		complete(&e, spec)
		return e, binaryHeaders(e.Context.ID, e.Context.Source, e.Context.Type, e.Subject.ID, e.Context.Timestamp)
	}}
}
