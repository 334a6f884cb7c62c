package format

import (
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

type acrBody struct {
	ID        shipbell.DeliveryID `json:"id"`
	Timestamp string              `json:"timestamp"`
	Action    string              `json:"action"`
	Target    acrTarget           `json:"target"`
	Request   acrRequest          `json:"request"`
}

type acrTarget struct {
	MediaType  string `json:"mediaType"`
	Digest     string `json:"digest"`
	Repository string `json:"repository"`
	Tag        string `json:"tag,omitempty"`
}

type acrRequest struct {
	ID     shipbell.DeliveryID `json:"id"`
	Host   string              `json:"host"`
	Method string              `json:"method"`
}

// acr is the webhook of Azure Container Registry. A delete has no tag there, so that those
// who take every body for a push find nothing to deploy. Some readers know a request by its
// User-Agent.
// https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference
func acr() definition {
	return definition{
		actions: []shipbell.Action{shipbell.PushImage, shipbell.DeleteImage, shipbell.UploadChart, shipbell.DeleteChart},
		body: func(m *message) (any, map[string]string) {
			r, action, method, tag := m.only(), "push", http.MethodPut, m.only().Tag
			if m.deletes() {
				action, method, tag = "delete", http.MethodDelete, ""
			}
			return acrBody{
				ID: m.delivery.ID, Timestamp: m.at().Format(time.RFC3339), Action: action,
				Target:  acrTarget{MediaType: m.mediaType(), Digest: r.Digest, Repository: m.Repository.FullName, Tag: tag},
				Request: acrRequest{ID: m.delivery.ID, Host: m.host(r), Method: method},
			}, map[string]string{"User-Agent": "AzureContainerRegistry/1.0"}
		},
	}
}

// deletes reports whether the event is about what was deleted.
func (m *message) deletes() bool {
	return m.Action == shipbell.DeleteImage || m.Action == shipbell.DeleteChart
}
