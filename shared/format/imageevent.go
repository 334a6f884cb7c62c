package format

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

type imageData struct {
	Repository  string `json:"repository"`
	Tag         string `json:"tag"`
	Digest      string `json:"digest"`
	RegistryURL string `json:"registryUrl"`
}

// imageEvent is a CloudEvent about one image with flat data. Argo CD Image Updater reads it
// for any registry.
// https://argocd-image-updater.readthedocs.io/en/latest/configuration/webhook/
func imageEvent() definition {
	types := map[shipbell.Action]string{
		shipbell.PushImage: "dev.shipbell.image.pushed", shipbell.DeleteImage: "dev.shipbell.image.deleted", shipbell.PullImage: "dev.shipbell.image.pulled",
	}
	actions := []shipbell.Action{shipbell.PushImage, shipbell.DeleteImage, shipbell.PullImage}
	return definition{actions: actions, contentType: structured, body: func(m *message) (any, map[string]string) {
		r := m.only()
		return cloudEvent[imageData]{
			SpecVersion: "1.0", ID: m.delivery.ID, Source: "https://" + m.host(r), Type: types[m.Action],
			Subject: m.Repository.FullName + ":" + reference(r), Time: m.at().Format(time.RFC3339), DataContentType: "application/json",
			Data: imageData{Repository: m.Repository.FullName, Tag: r.Tag, Digest: r.Digest, RegistryURL: m.host(r)},
		}, nil
	}}
}
