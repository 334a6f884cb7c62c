package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// ofHarbor is the body that readers of Harbor's and TCR's webhooks know.
type ofHarbor struct {
	Type      string
	EventData struct {
		Resources []struct {
			Digest, Tag string
			URL         string `json:"resource_url"`
		}
		Repository struct {
			FullName string `json:"repo_full_name"`
		}
	} `json:"event_data"`
}

// readHarbor wants an image with a tag and a URL.
func readHarbor(body []byte, kind string) error {
	return read(body, func(m ofHarbor) error {
		if len(m.EventData.Resources) == 0 {
			return fmt.Errorf("no resources: %s", body)
		}
		r := m.EventData.Resources[0]
		return all(is("type", m.Type, kind), is("tag", r.Tag, "v1"), has("resource_url", r.URL, "public/app:v1"), is("repository", m.EventData.Repository.FullName, "public/app"))
	})
}

// ofHub is the body of Docker Hub.
type ofHub struct {
	Push struct {
		Tag      string
		PushedAt int64 `json:"pushed_at"`
	} `json:"push_data"`
	Repository struct {
		Name string `json:"repo_name"`
	}
}

func readHub(body []byte) error {
	return read(body, func(m ofHub) error {
		return all(is("tag", m.Push.Tag, "v1"), has("repo_name", m.Repository.Name, "public/app"))
	})
}

// bearer wants a token in the header Authorization.
func bearer(r *http.Request, token string) error {
	return is("Authorization", r.Header.Get("Authorization"), "Bearer "+token)
}

// Deployers bring a pushed image to where it runs.
func Deployers() map[string]Receiver {
	return map[string]Receiver{
		"keel": {
			Path:  "/v1/webhooks/harbor",
			Reads: func(_ *http.Request, body []byte) error { return readHarbor(body, "pushImage") },
			Yes:   answer(200, ""), No: answer(400, "unparsable"), Final: true,
		},
		"image-updater": {
			Path: "/webhook?type=harbor", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, body []byte) error {
				return all(is("type", r.URL.Query().Get("type"), "harbor"), is("Authorization", r.Header.Get("Authorization"), "s3cr3t-s3cr3t"), readHarbor(body, "PUSH_ARTIFACT"))
			},
			Yes: answer(200, "Webhook event received"), No: answer(400, "unsupported event type"), Final: true,
		},
		"flux": {
			Path: "/hook/HASH", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, body []byte) error {
				mac := hmac.New(sha256.New, []byte("s3cr3t-s3cr3t"))
				mac.Write(body)
				return all(isJSON(r, body), is("RequestURI", r.RequestURI, "/hook/HASH"),
					is("X-Signature", r.Header.Get("X-Signature"), "sha256="+hex.EncodeToString(mac.Sum(nil))))
			},
			Yes: answer(200, ""), No: answer(400, ""), Final: true,
		},
		"kargo": {
			Path: "/harbor/HASH", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, body []byte) error {
				return all(isJSON(r, body), is("Authorization", r.Header.Get("Authorization"), "s3cr3t-s3cr3t"), readHarbor(body, "PUSH_ARTIFACT"))
			},
			Yes: answer(200, `{"msg":"refreshed 0 warehouse(s)"}`), No: answer(400, `{"error":"unsupported"}`), Final: true,
		},
		"portainer": {
			Path:  "/api/webhooks/TOKEN",
			Reads: func(r *http.Request, _ []byte) error { return is("tag", r.URL.Query().Get("tag"), "v1") },
			Yes:   answer(204, ""), No: answer(500, ""),
		},
		"watchtower": {
			Path: "/v1/update", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, _ []byte) error {
				q := r.URL.Query()
				return all(bearer(r, "s3cr3t-s3cr3t"), is("async", q.Get("async"), "true"), has("image", q.Get("image"), "/public/app:v1"))
			},
			Yes: answer(202, ""), No: answer(500, ""), Busy: Answer{Status: 429, Header: map[string]string{"Retry-After": "30"}},
		},
		"dokploy": {
			Path: "/api/deploy/TOKEN",
			Reads: func(r *http.Request, body []byte) error {
				return all(has("User-Agent", r.UserAgent(), "Go-http-client"), readHub(body))
			},
			Yes: answer(200, `{"message":"Application deployed successfully"}`), Final: true,
			No: Answer{Status: 301, Body: `{"message":"Image Tag Does not match"}`},
		},
		"coolify": {
			Path: "/api/v1/deploy?uuid=UUID", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, body []byte) error {
				return all(bearer(r, "s3cr3t-s3cr3t"), is("uuid", r.URL.Query().Get("uuid"), "UUID"), read(body, func(m map[string]any) error {
					if _, found := m["tag"]; found {
						return fmt.Errorf("tag beside uuid: %s", body)
					}
					return nil
				}))
			},
			Yes: answer(200, `{"deployments":[]}`), No: answer(400, `{"message":"You can only use uuid or tag, not both."}`), Final: true,
		},
		"caprover": {
			Path: "/api/v2/user/apps/webhooks/triggerbuild?namespace=captain&token=TOKEN",
			Reads: func(r *http.Request, _ []byte) error {
				return all(is("namespace", r.URL.Query().Get("namespace"), "captain"), is("token", r.URL.Query().Get("token"), "TOKEN"))
			},
			Yes: answer(200, `{"status":100,"description":"Build webhook has triggered","data":{}}`), No: answer(200, `{"status":1000,"description":"failed","data":{}}`),
		},
		"spinnaker": {
			Path: "/webhooks/webhook/NAME",
			Reads: func(r *http.Request, body []byte) error {
				type message struct {
					Artifacts []struct{ Type, Name, Reference, Version string }
				}
				return all(isJSON(r, body), read(body, func(m message) error {
					if len(m.Artifacts) != 1 {
						return fmt.Errorf("%d artifacts", len(m.Artifacts))
					}
					a := m.Artifacts[0]
					return all(is("type", a.Type, "docker/image"), has("name", a.Name, "/public/app"), is("version", a.Version, "v1"), has("reference", a.Reference, a.Name+":v1"))
				}))
			},
			Yes: answer(200, `{"eventProcessed":true,"eventId":"1"}`), No: answer(200, `{"eventProcessed":false}`),
		},
		"knative": {
			Path: "/NAMESPACE/BROKER",
			Reads: func(r *http.Request, body []byte) error {
				for _, name := range []string{"Ce-Id", "Ce-Source", "Ce-Type"} {
					if r.Header.Get(name) == "" {
						return fmt.Errorf("no header %s", name)
					}
				}
				return all(isJSON(r, body), is("Ce-Specversion", r.Header.Get("Ce-Specversion"), "1.0"))
			},
			Yes: answer(202, ""), No: answer(400, ""), Busy: busy429(), Final: true,
		},
		"event-grid": {
			Path: "/api/events?api-version=2018-01-01", Secret: "s3cr3t-s3cr3t",
			Reads: func(r *http.Request, body []byte) error {
				type event struct {
					ID, EventType, Subject, EventTime, DataVersion string
					Data                                           map[string]any
				}
				return all(isJSON(r, body), is("aeg-sas-key", r.Header.Get("aeg-sas-key"), "s3cr3t-s3cr3t"), read(body, func(list []event) error {
					if len(list) != 1 || list[0].ID == "" || list[0].EventTime == "" || list[0].Data == nil {
						return fmt.Errorf("no event: %s", body)
					}
					return all(is("dataVersion", list[0].DataVersion, "1"), has("subject", list[0].Subject, "public/app"), has("eventType", strings.ToLower(list[0].EventType), "pushimage"))
				}))
			},
			Yes: answer(200, ""), No: answer(400, `{"error":{"code":"BadRequest"}}`), Busy: busy429(), Final: true,
		},
	}
}
