package format

import "github.com/shipbell/shipbell/shared/shipbell"

// harbor is the payload format Default of Harbor 2: the body of the TCR document, which
// Harbor 1 had, with other names of the types.
// https://goharbor.io/docs/2.13.0/working-with-projects/project-configuration/configure-webhooks/
func harbor() definition {
	types := map[shipbell.Action]string{
		shipbell.PushImage: "PUSH_ARTIFACT", shipbell.DeleteImage: "DELETE_ARTIFACT", shipbell.PullImage: "PULL_ARTIFACT",
		shipbell.UploadChart: "PUSH_ARTIFACT", shipbell.DeleteChart: "DELETE_ARTIFACT", shipbell.DownloadChart: "PULL_ARTIFACT",
	}
	return definition{body: func(m *message) (any, map[string]string) {
		b := newTCRBody(m.Event)
		b.Type = types[m.Action]
		return b, nil
	}}
}
