// Package webhook makes one outgoing request: it shapes the body, signs it,
// sends it and says what came of it. What a target receives is described in
// docs/payload.md.
package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// tcrBody is the body of the TCR document: its names, in its order.
type tcrBody struct {
	Type      shipbell.Action `json:"type"`
	OccurAt   int64           `json:"occur_at"`
	EventData tcrEventData    `json:"event_data"`
	Operator  string          `json:"operator"`
}

type tcrEventData struct {
	Resources  []tcrResource `json:"resources"`
	Repository tcrRepository `json:"repository"`
}

type tcrResource struct {
	Digest string `json:"digest"`
	Tag    string `json:"tag"`
	URL    string `json:"resource_url"`
	// PreviousDigest is no field of the document's: the format cloudevents alone has it.
	PreviousDigest string `json:"previous_digest,omitempty"`
}

type tcrRepository struct {
	DateCreated int64  `json:"date_created,omitempty"`
	Name        string `json:"name"`
	Namespace   string `json:"namespace"`
	FullName    string `json:"repo_full_name"`
	Type        string `json:"repo_type"`
}

// Body renders a delivery's event in the delivery's format, with the content
// type that goes with it. The delivery's event is whole. The same delivery always has the same body, byte for
// byte.
func Body(d *shipbell.Delivery) (body []byte, contentType string, err error) {
	e, ok := d.FullEvent()
	if !ok {
		return nil, "", fmt.Errorf("delivery %s: its event was not read", d.ID)
	}
	switch d.Format {
	case shipbell.FormatTCR:
		body, err = encode(newTCRBody(e))
		return body, "application/json", err
	case shipbell.FormatCloudEvents:
		body, err = encode(newCloudEvent(d, e))
		return body, "application/cloudevents+json", err
	}
	return nil, "", text.New(text.BodyFormatUnknown, d.Format)
}

func newTCRBody(e *shipbell.Event) tcrBody {
	resources := make([]tcrResource, len(e.Resources))
	for i, r := range e.Resources {
		resources[i] = tcrResource{Digest: r.Digest, Tag: r.Tag, URL: r.URL}
	}
	return tcrBody{
		Type:    e.Action,
		OccurAt: e.OccurAt,
		EventData: tcrEventData{
			Resources: resources,
			Repository: tcrRepository{
				DateCreated: e.Repository.CreatedAt,
				Name:        e.Repository.Name(),
				Namespace:   e.Repository.Namespace(),
				FullName:    e.Repository.FullName,
				Type:        e.Repository.Type,
			},
		},
		Operator: e.Operator,
	}
}

// encode makes compact JSON in which <, > and & stand for themselves.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("encode body: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
