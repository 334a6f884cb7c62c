package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/distribution/distribution/v3/notifications"
	"github.com/go-playground/webhooks/v6/docker"
	"github.com/google/go-github/v84/github"
	"github.com/slack-go/slack"
)

// readGitHub checks the signature and reads the event package, as Kargo does.
func readGitHub(r request) (string, error) {
	made, err := r.http()
	if err != nil {
		return "", err
	}
	payload, err := github.ValidatePayload(made, []byte(r.Secret))
	if err != nil {
		return "", err
	}
	parsed, err := github.ParseWebHook(github.WebHookType(made), payload)
	if err != nil {
		return "", err
	}
	e, ok := parsed.(*github.PackageEvent)
	if !ok || github.DeliveryID(made) == "" {
		return "", fmt.Errorf("a %T with the id %q", parsed, github.DeliveryID(made))
	}
	p := e.GetPackage()
	v := p.GetPackageVersion()
	tag := v.GetContainerMetadata().GetTag()
	return fmt.Sprintf("%s %s of %s: %s/%s, version %s of %s, %s, tag %s, %s, by %s", e.GetAction(), p.GetPackageType(), p.GetOwner().GetLogin(),
		p.GetNamespace(), p.GetName(), v.GetVersion(), v.GetCreatedAt().UTC().Format("2006-01-02"), v.GetPackageURL(), tag.GetName(), tag.GetDigest(), e.GetSender().GetLogin()), nil
}

func readDockerHub(r request) (string, error) {
	made, err := r.http()
	if err != nil {
		return "", err
	}
	hook, err := docker.New()
	if err != nil {
		return "", err
	}
	parsed, err := hook.Parse(made, docker.BuildEvent)
	if err != nil {
		return "", err
	}
	b, ok := parsed.(docker.BuildPayload)
	if !ok {
		return "", fmt.Errorf("a %T", parsed)
	}
	return fmt.Sprintf("%s:%s, %s of %s in %s, private %t, %s at %s, by %s at %.3g", b.Repository.RepoName, b.PushData.Tag, b.Repository.Name, b.Repository.Owner,
		b.Repository.Namespace, b.Repository.IsPrivate, b.Repository.Status, b.Repository.RepoURL, b.PushData.Pusher, b.PushData.PushedAt), nil
}

// readDistribution reads the events as the registry that made them would, and takes no
// field that it does not know.
func readDistribution(r request) (string, error) {
	var envelope struct{ Events []notifications.Event }
	decoder := json.NewDecoder(bytes.NewReader(r.Body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&envelope); err != nil {
		return "", err
	}
	var all []string
	for _, e := range envelope.Events {
		if err := e.Target.Digest.Validate(); err != nil {
			return "", err
		}
		all = append(all, fmt.Sprintf("%s by %s at %s: %s:%s of %s, %s, %s at %s", e.Action, e.Actor.Name, e.Timestamp.UTC().Format("2006-01-02"),
			e.Target.Repository, e.Target.Tag, e.Request.Host, e.Target.MediaType, e.Target.Digest, e.Target.URL))
	}
	return strings.Join(all, "; "), nil
}

func readSlack(r request) (string, error) {
	var m slack.WebhookMessage
	if err := json.Unmarshal(r.Body, &m); err != nil {
		return "", err
	}
	all := []string{m.Text}
	for _, one := range m.Blocks.BlockSet {
		section, ok := one.(*slack.SectionBlock)
		if !ok {
			return "", fmt.Errorf("a block %T", one)
		}
		if err := section.Text.Validate(); err != nil {
			return "", err
		}
		all = append(all, section.Text.Type+" "+section.Text.Text)
	}
	return fmt.Sprintf("%q", all), nil
}

// readCloudEvent reads both modes, as the Content-Type says which it is.
func readCloudEvent(r request) (string, error) {
	made, err := r.http()
	if err != nil {
		return "", err
	}
	var e *event.Event
	if e, err = cehttp.NewEventFromHTTPRequest(made); err != nil {
		return "", err
	}
	if err := e.Validate(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s of %s about %s at %s: %s", e.ID(), e.Type(), e.Source(), e.Subject(), e.Time().UTC().Format("2006-01-02T15:04:05Z"), e.Data()), nil
}
