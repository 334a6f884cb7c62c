package format

import (
	"fmt"
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

type distributionBody struct {
	Events []distributionEvent `json:"events"`
}

type distributionEvent struct {
	ID        string              `json:"id"`
	Timestamp string              `json:"timestamp"`
	Action    string              `json:"action"`
	Target    distributionTarget  `json:"target"`
	Request   distributionRequest `json:"request"`
	Actor     struct {
		Name string `json:"name,omitempty"`
	} `json:"actor"`
	Source struct {
		Addr       string `json:"addr,omitempty"`
		InstanceID string `json:"instanceID,omitempty"`
	} `json:"source"`
}

type distributionTarget struct {
	MediaType  string `json:"mediaType"`
	Digest     string `json:"digest,omitempty"`
	Repository string `json:"repository"`
	URL        string `json:"url,omitempty"`
	Tag        string `json:"tag,omitempty"`
}

type distributionRequest struct {
	ID     shipbell.DeliveryID `json:"id"`
	Host   string              `json:"host"`
	Method string              `json:"method"`
}

// distribution is the notification of CNCF distribution, an event for each resource.
// https://distribution.github.io/distribution/about/notifications/
func distribution() definition {
	actions := map[shipbell.Action][2]string{ // what distribution calls it, and the method
		shipbell.PushImage: {"push", http.MethodPut}, shipbell.UploadChart: {"push", http.MethodPut},
		shipbell.PullImage: {"pull", http.MethodGet}, shipbell.DownloadChart: {"pull", http.MethodGet},
		shipbell.DeleteImage: {"delete", http.MethodDelete}, shipbell.DeleteChart: {"delete", http.MethodDelete},
	}
	return definition{contentType: "application/vnd.docker.distribution.events.v1+json", body: func(m *message) (any, map[string]string) {
		action := actions[m.Action]
		events := make([]distributionEvent, len(m.Resources))
		for i, r := range m.Resources {
			e := distributionEvent{
				ID: fmt.Sprintf("%s-%d", m.delivery.ID, i), Timestamp: m.at().Format(time.RFC3339), Action: action[0],
				Target: distributionTarget{
					MediaType: m.mediaType(), Digest: r.Digest, Repository: m.Repository.FullName, Tag: r.Tag,
					URL: "https://" + m.host(r) + "/v2/" + m.Repository.FullName + "/manifests/" + digestOrTag(r),
				},
				Request: distributionRequest{ID: m.delivery.ID, Host: m.host(r), Method: action[1]},
			}
			e.Actor.Name, e.Source.Addr, e.Source.InstanceID = m.Operator, m.host(r), m.delivery.Registry
			events[i] = e
		}
		return distributionBody{events}, nil
	}}
}

// digestOrTag is a resource's digest, or its tag if its digest is not known.
func digestOrTag(r shipbell.Resource) string {
	if r.Digest != "" {
		return r.Digest
	}
	return r.Tag
}
