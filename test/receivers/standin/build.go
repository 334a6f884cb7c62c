package standin

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
)

// Builders run a job or a pipeline.
func Builders() map[string]Receiver {
	return map[string]Receiver{
		"jenkins-generic": {
			Path: "/generic-webhook-trigger/invoke", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, body []byte) error {
				return all(isJSON(r, body), is("token", r.Header.Get("token"), "s3cr3t-s3cr3t"))
			},
			Yes: answer(200, `{"jobs":{"app":{"triggered":true}},"message":"Triggered jobs."}`), Final: true,
			No: answer(404, `{"jobs":null,"message":"Did not find any jobs with GenericTrigger configured!"}`),
		},
		"jenkins-dockerhub": {
			Path: "/dockerhub-webhook/TOKEN/notify", Reads: func(_ *http.Request, body []byte) error { return readHub(body) },
			Yes: Answer{Status: 302, Header: map[string]string{"Location": "/"}}, No: answer(500, ""),
		},
		"github-dispatch": {
			Path: "/repos/OWNER/REPOSITORY/dispatches", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, body []byte) error {
				type message struct {
					EventType string            `json:"event_type"`
					Payload   map[string]string `json:"client_payload"`
				}
				return all(isJSON(r, body), bearer(r, "s3cr3t-s3cr3t"), is("Accept", r.Header.Get("Accept"), "application/vnd.github+json"), read(body, func(m message) error {
					if m.EventType == "" || len(m.EventType) > 100 || len(m.Payload) > 10 {
						return fmt.Errorf("%s", body)
					}
					return all(is("repository", m.Payload["repository"], "public/app"), is("tag", m.Payload["tag"], "v1"))
				}))
			},
			Yes: answer(204, ""), No: answer(422, `{"message":"Invalid request."}`), Busy: busy429(), Final: true,
		},
		"gitlab-pipeline": {
			Path: "/api/v4/projects/ID/trigger/pipeline?ref=main&token=TOKEN",
			Reads: func(r *http.Request, body []byte) error {
				type message struct{ Variables map[string]string }
				return all(isJSON(r, body), is("ref", r.URL.Query().Get("ref"), "main"), is("token", r.URL.Query().Get("token"), "TOKEN"), read(body, func(m message) error {
					return is("IMAGE_TAG", m.Variables["IMAGE_TAG"], "v1")
				}))
			},
			Yes: answer(201, `{"id":1}`), No: answer(404, `{"message":"404 Not Found"}`), Busy: busy429(), Final: true,
		},
		"azure-devops": {
			Path: "/ORGANISATION/_apis/public/distributedtask/webhooks/NAME?api-version=6.0-preview", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, body []byte) error {
				mac := hmac.New(sha1.New, []byte("s3cr3t-s3cr3t"))
				mac.Write(body)
				return all(isJSON(r, body), is("X-Hub-Signature", r.Header.Get("X-Hub-Signature"), "sha1="+hex.EncodeToString(mac.Sum(nil))))
			},
			Yes: answer(200, ""), No: answer(400, ""), Busy: busy429(), Final: true,
		},
		"buildkite": {
			Path: "/v2/organizations/ORGANISATION/pipelines/PIPELINE/builds", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, body []byte) error {
				type message struct {
					Commit, Branch, Message string
					Env                     map[string]string
				}
				return all(isJSON(r, body), bearer(r, "s3cr3t-s3cr3t"), read(body, func(m message) error {
					return all(is("commit", m.Commit, "HEAD"), is("branch", m.Branch, "main"), is("IMAGE_TAG", m.Env["IMAGE_TAG"], "v1"))
				}))
			},
			Yes: answer(201, `{"id":"1"}`), No: answer(422, `{"message":"Branches have been disabled for this pipeline"}`), Busy: busy429(), Final: true,
		},
		"drone": {
			Path: "/api/repos/NAMESPACE/REPOSITORY/builds?branch=main", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, _ []byte) error {
				q := r.URL.Query()
				return all(bearer(r, "s3cr3t-s3cr3t"), is("branch", q.Get("branch"), "main"), is("IMAGE_TAG", q.Get("IMAGE_TAG"), "v1"), has("IMAGE_REPOSITORY", q.Get("IMAGE_REPOSITORY"), "/public/app"))
			},
			Yes: answer(200, `{"id":1}`), No: answer(404, `{"message":"Not Found"}`), Final: true,
		},
	}
}
