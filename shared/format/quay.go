package format

type quayBody struct {
	Repository  string   `json:"repository"`
	Namespace   string   `json:"namespace"`
	Name        string   `json:"name"`
	DockerURL   string   `json:"docker_url"`
	Homepage    string   `json:"homepage"`
	UpdatedTags []string `json:"updated_tags"`
}

// quay is the notification repo_push of Quay: any host, several tags, no digest.
// https://docs.redhat.com/en/documentation/red_hat_quay: Repository Notifications
func quay() definition {
	return definition{actions: pushes(), tagged: true, body: func(m *message) (any, map[string]string) {
		host := m.host(m.Resources[0])
		b := quayBody{
			Repository: m.Repository.FullName, Namespace: m.Repository.Namespace(), Name: m.Repository.Name(),
			DockerURL: host + "/" + m.Repository.FullName, Homepage: "https://" + host + "/repository/" + m.Repository.FullName,
			UpdatedTags: make([]string, len(m.Resources)),
		}
		for i, r := range m.Resources {
			b.UpdatedTags[i] = r.Tag
		}
		return b, nil
	}}
}
