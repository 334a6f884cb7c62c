package format

import "github.com/shipbell/shipbell/shared/shipbell"

type dockerHubBody struct {
	CallbackURL string         `json:"callback_url"`
	PushData    dockerHubPush  `json:"push_data"`
	Repository  dockerHubOwner `json:"repository"`
}

type dockerHubPush struct {
	PushedAt  int64    `json:"pushed_at"`
	Pusher    string   `json:"pusher"`
	Tag       string   `json:"tag"`
	Images    []string `json:"images"`
	MediaType string   `json:"media_type"`
}

type dockerHubOwner struct {
	DateCreated int64  `json:"date_created"`
	Private     bool   `json:"is_private"`
	Name        string `json:"name"`
	Namespace   string `json:"namespace"`
	Owner       string `json:"owner"`
	RepoName    string `json:"repo_name"`
	RepoURL     string `json:"repo_url"`
	Status      string `json:"status"`
}

// dockerHub is the webhook of Docker Hub. repo_name has the registry's host, unless that is
// Docker Hub: the readers of this format take it so. callback_url is empty, for receivers
// post their results there.
// https://docs.docker.com/docker-hub/repos/manage/webhooks/
func dockerHub() definition {
	return definition{actions: pushes(), tagged: true, body: func(m *message) (any, map[string]string) {
		r, mediaType := m.only(), mediaTypeImage
		if m.isChart() {
			mediaType = mediaTypeChartConfig
		}
		return dockerHubBody{
			PushData: dockerHubPush{PushedAt: m.at().Unix(), Pusher: m.Operator, Tag: r.Tag, Images: []string{}, MediaType: mediaType},
			Repository: dockerHubOwner{
				DateCreated: m.Repository.CreatedAt, Private: m.Repository.Type == "private",
				Name: m.Repository.Name(), Namespace: m.Repository.Namespace(), Owner: m.Repository.Namespace(),
				RepoName: m.name(r), RepoURL: "https://" + m.host(r) + "/" + m.Repository.FullName, Status: "Active",
			},
		}, nil
	}}
}

// pushes are the actions of the formats that tell of new images and charts only.
func pushes() []shipbell.Action {
	return []shipbell.Action{shipbell.PushImage, shipbell.UploadChart}
}
