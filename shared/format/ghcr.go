package format

import "time"

type ghcrBody struct {
	Action  string      `json:"action"`
	Package ghcrPackage `json:"package"`
	Sender  ghcrLogin   `json:"sender"`
}

type ghcrPackage struct {
	Name      string      `json:"name"`
	Namespace string      `json:"namespace"`
	Type      string      `json:"package_type"`
	Ecosystem string      `json:"ecosystem"`
	Owner     ghcrLogin   `json:"owner"`
	Version   ghcrVersion `json:"package_version"`
}

type ghcrLogin struct {
	Login string `json:"login"`
}

type ghcrVersion struct {
	Version    string        `json:"version"`
	Name       string        `json:"name"`
	PackageURL string        `json:"package_url"`
	CreatedAt  string        `json:"created_at"`
	UpdatedAt  string        `json:"updated_at"`
	Metadata   ghcrContainer `json:"container_metadata"`
}

type ghcrContainer struct {
	Tag struct {
		Name   string `json:"name"`
		Digest string `json:"digest"`
	} `json:"tag"`
}

// ghcr is the event package of a webhook of GitHub, as it tells of the container registry.
// https://docs.github.com/en/webhooks/webhook-events-and-payloads#package
func ghcr() definition {
	return definition{actions: pushes(), tagged: true, body: func(m *message) (any, map[string]string) {
		r, at := m.only(), m.at().Format(time.RFC3339)
		owner := m.Repository.Namespace()
		v := ghcrVersion{
			Version: r.Digest, Name: r.Digest, PackageURL: m.host(r) + "/" + m.Repository.FullName + ":" + r.Tag,
			CreatedAt: at, UpdatedAt: at,
		}
		v.Metadata.Tag.Name, v.Metadata.Tag.Digest = r.Tag, r.Digest
		return ghcrBody{
			Action: "published", Sender: ghcrLogin{m.Operator},
			Package: ghcrPackage{Name: m.Repository.Name(), Namespace: owner, Type: "CONTAINER", Ecosystem: "CONTAINER", Owner: ghcrLogin{owner}, Version: v},
		}, map[string]string{"X-GitHub-Event": "package", "X-GitHub-Delivery": string(m.delivery.ID)}
	}}
}
