package format

import "github.com/shipbell/shipbell/shared/shipbell"

// tcrBody is the body of the TCR document: its names, in its order.
type tcrBody struct {
	Type      string       `json:"type"`
	OccurAt   int64        `json:"occur_at"`
	EventData tcrEventData `json:"event_data"`
	Operator  string       `json:"operator"`
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

func tcr() definition {
	return definition{body: func(m *message) (any, map[string]string) { return newTCRBody(m.Event), nil }}
}

func newTCRBody(e *shipbell.Event) tcrBody {
	resources := make([]tcrResource, len(e.Resources))
	for i, r := range e.Resources {
		resources[i] = tcrResource{Digest: r.Digest, Tag: r.Tag, URL: r.URL}
	}
	return tcrBody{
		Type:    string(e.Action),
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
