package source

import (
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// Alibaba Cloud Container Registry tells of pushes, in a webhook of its own or through its
// EventBridge. The webhook has no id, and its times have no zone: they are taken to be
// Beijing's.

type aliyunBody struct {
	Push struct {
		Digest   string `json:"digest"`
		PushedAt word   `json:"pushed_at"`
		Tag      string `json:"tag"`
	} `json:"push_data"`
	Repository struct {
		DateCreated  word   `json:"date_created"`
		Name         string `json:"name"`
		Namespace    string `json:"namespace"`
		RepoFullName string `json:"repo_full_name"`
		RepoType     word   `json:"repo_type"`
	} `json:"repository"`
	// What the event of EventBridge carries instead.
	EventNamespace string `json:"RepoNamespaceName"`
	EventName      string `json:"RepoName"`
	EventTag       string `json:"Tag"`
}

func isAliyunEnvelope(e Envelope) bool { return strings.HasPrefix(e.Type, "cr:") }

func isAliyunBody(f fields) bool {
	return f.get("push_data") != nil && (f.object("push_data").get("digest") != nil || f.object("repository").get("repo_full_name") != nil)
}

func (b aliyunBody) event(r Request) (DecodedEvent, text.Message) {
	if isAliyunEnvelope(r.Envelope) {
		return b.bridged(r.Envelope.Type)
	}
	f := DecodedEvent{
		Time: beijing(b.Push.PushedAt), Verb: Push, Repository: b.Repository.RepoFullName, RepositoryType: string(b.Repository.RepoType),
		CreatedAt: instant{beijing(b.Repository.DateCreated)}.unix(), Resources: []Resource{{Tag: b.Push.Tag, Digest: b.Push.Digest}},
	}
	f.Unidentified = f.Time.IsZero() && r.Envelope.ID == ""
	if f.Repository == "" {
		f.Repository = strings.Trim(b.Repository.Namespace+"/"+b.Repository.Name, "/")
	}
	return f, text.Message{}
}

// bridged is the event that EventBridge brings.
func (b aliyunBody) bridged(kind string) (DecodedEvent, text.Message) {
	f := DecodedEvent{Verb: Push, Repository: strings.Trim(b.EventNamespace+"/"+b.EventName, "/"), Resources: []Resource{{Tag: b.EventTag}}}
	if kind != "cr:Artifact:PushCompleted" {
		f.Verb = ""
		return f, text.New(text.EventTypeUnknown, brief(kind))
	}
	return f, text.Message{}
}

// beijing reads a local time of Beijing. The zero time stands for what is none.
func beijing(said word) time.Time {
	t, err := time.ParseInLocation(time.DateTime, string(said), time.FixedZone("", 8*60*60))
	if err != nil {
		return time.Time{}
	}
	return t
}

// aliyunSetup is the form of a trigger.
func aliyunSetup() setup {
	return setup{
		about:  text.SetupAliyun,
		fields: []field{fill("URL", "{events}?key={key}"), {"Trigger", text.New(text.SetupAliyunAll)}},
	}
}
