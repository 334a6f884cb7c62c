package preset

import "github.com/shipbell/shipbell/shared/shipbell"

// builders run a job or a pipeline.
func builders() []Preset {
	return []Preset{
		{
			// https://plugins.jenkins.io/generic-webhook-trigger/. It answers 404 where no job
			// has the token.
			Name: "jenkins-generic", Title: "Jenkins (Generic Webhook Trigger)", Secret: Required,
			URL: "https://jenkins.example.com/generic-webhook-trigger/invoke",
			Target: shipbell.Target{
				Format: shipbell.FormatTCR,
				Options: shipbell.Options{
					Auth: shipbell.Auth{Scheme: shipbell.AuthToken, Header: "token"}, Permanent: []int{403, 404, 410}, Timeout: 30,
				},
			},
		},
		{
			// https://plugins.jenkins.io/dockerhub-notification/. It answers 302 when a build
			// was started.
			Name: "jenkins-dockerhub", Title: "Jenkins (CloudBees Docker Hub)", Secret: None, Actions: pushes(),
			URL: "https://jenkins.example.com/dockerhub-webhook/TOKEN/notify",
			Target: shipbell.Target{
				Format: shipbell.FormatDockerHub, PathSecret: true,
				Options: shipbell.Options{Success: shipbell.Success{Statuses: []string{"2xx", "302"}}, Timeout: 30},
			},
		},
		{
			// https://spinnaker.io/docs/guides/user/pipeline/triggers/webhooks/
			Name: "spinnaker", Title: "Spinnaker", Secret: None, Actions: pushes(),
			URL: "https://spinnaker.example.com/webhooks/webhook/NAME",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"action":"{{.Action}}","repository":"{{.Host}}/{{.Repository}}","artifacts":[{{range $i, $r := .Resources}}{{if $i}},{{end}}{"type":"docker/image","name":"{{$.Host}}/{{$.Repository}}","version":{{$r.Reference}},"reference":"{{$r.URL}}"}{{end}}]}`,
				Options: shipbell.Options{Success: shipbell.Success{JSON: is("eventProcessed", "true")}},
			},
		},
		{
			// https://docs.github.com/rest/repos/repos#create-a-repository-dispatch-event
			Name: "github-dispatch", Title: "GitHub Actions (repository_dispatch)", Secret: Required,
			URL: "https://api.github.com/repos/OWNER/REPOSITORY/dispatches",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"event_type":"{{.Action}}","client_payload":{"registry":"{{.Registry}}","repository":"{{.Repository}}","host":"{{.Host}}","tag":"{{.Tag}}","digest":"{{.Digest}}","url":"{{.URL}}","operator":"{{.Operator}}","occurred_at":"{{.OccurredAt}}","delivery":"{{.Delivery}}"}}`,
				Headers: []shipbell.Header{header("Accept", "application/vnd.github+json"), header("X-GitHub-Api-Version", "2022-11-28")},
				Options: shipbell.Options{Auth: bearer(), Permanent: []int{401, 404, 410, 422}, Busy: status(429), Split: true},
			},
		},
		{
			// https://docs.gitlab.com/ci/triggers/. Token and ref stand in the query.
			Name: "gitlab-pipeline", Title: "GitLab CI", Secret: None,
			URL: "https://gitlab.com/api/v4/projects/ID/trigger/pipeline?ref=main&token=TOKEN",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"variables":{"SHIPBELL_ACTION":"{{.Action}}","IMAGE_REPOSITORY":"{{.Host}}/{{.Repository}}","IMAGE_TAG":"{{.Tag}}","IMAGE_DIGEST":"{{.Digest}}","IMAGE":"{{.URL}}"}}`,
				Options: shipbell.Options{Permanent: []int{400, 401, 404, 410}, Busy: status(429), Split: true},
			},
		},
		{
			// https://learn.microsoft.com/azure/devops/pipelines/process/resources, webhooks
			Name: "azure-devops", Title: "Azure DevOps (incoming webhook)", Secret: Optional,
			URL: "https://dev.azure.com/ORGANISATION/_apis/public/distributedtask/webhooks/NAME?api-version=6.0-preview",
			Target: shipbell.Target{
				Format: shipbell.FormatTCR,
				Options: shipbell.Options{
					Auth:      shipbell.Auth{Scheme: shipbell.AuthHMAC, Header: "X-Hub-Signature", Prefix: "sha1=", Algorithm: "sha1"},
					Permanent: []int{400, 401, 404, 410}, Busy: status(429),
				},
			},
		},
		{
			// https://buildkite.com/docs/apis/rest-api/builds#create-a-build
			Name: "buildkite", Title: "Buildkite", Secret: Required,
			URL: "https://api.buildkite.com/v2/organizations/ORGANISATION/pipelines/PIPELINE/builds",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"commit":"HEAD","branch":"main","message":"{{.Action}} {{trunc 200 .Repository}}:{{.Reference}}","env":{"IMAGE_REPOSITORY":"{{.Host}}/{{.Repository}}","IMAGE_TAG":"{{.Tag}}","IMAGE_DIGEST":"{{.Digest}}","IMAGE":"{{.URL}}"}}`,
				Options: shipbell.Options{Auth: bearer(), Permanent: []int{401, 403, 404, 410, 422}, Busy: status(429), Split: true},
			},
		},
		{
			// https://docs.drone.io/api/builds/build_create/. Values come by the query alone.
			Name: "drone", Title: "Drone", Secret: Required,
			URL: "https://drone.example.com/api/repos/NAMESPACE/REPOSITORY/builds?branch=main",
			Target: shipbell.Target{
				Format: shipbell.FormatTCR,
				Options: shipbell.Options{
					Auth: bearer(),
					Query: []shipbell.Field{
						{Name: "SHIPBELL_ACTION", Value: "{{.Action}}"}, {Name: "IMAGE_REPOSITORY", Value: "{{.Host}}/{{.Repository}}"},
						{Name: "IMAGE_TAG", Value: "{{.Tag}}"}, {Name: "IMAGE_DIGEST", Value: "{{.Digest}}"},
					},
					Permanent: []int{400, 401, 403, 404, 410}, Split: true,
				},
			},
		},
	}
}
