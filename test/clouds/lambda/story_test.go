package lambda_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/story"
)

func TestBehaviour(t *testing.T) {
	clouds.Behaviour(t, func(t testing.TB) *clouds.Stack { return newCloud(t, options{}).Stack })
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	clouds.Loopback(t, newCloud(t, options{variables: map[string]string{"SHIPBELL_ALLOW_TARGETS": clouds.Everything}}).Stack)
}

// TestCheck checks the stack from outside, as whoever deployed it does.
func TestCheck(t *testing.T) {
	t.Parallel()
	c := newCloud(t, options{})
	c.Deliver()
	clouds.Check(t, c.Stack, nil)
}

// TestECR brings events by EventBridge: an image, and a chart that
// only its media type tells.
func TestECR(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.Deliver()
	c.CreateTrigger(apiv1.TriggerSettings{
		Name: "all", Actions: []shipbell.Action{"pushImage", "uploadChart", "deleteImage"}, Targets: []apiv1.Target{{URL: to.URL()}},
	})
	event := func(id, action, repository, tag, kind string) json.RawMessage {
		text, err := json.Marshal(map[string]any{
			"version": "0", "id": id, "detail-type": "ECR Image Action", "source": "aws.ecr", "account": "111122223333",
			"time": time.Now().UTC().Format(time.RFC3339), "region": "us-east-1", "resources": []string{},
			"detail": map[string]string{
				"result": "SUCCESS", "action-type": action, "repository-name": repository, "image-tag": tag,
				"image-digest":        "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd12341234",
				"manifest-media-type": "application/vnd.oci.image.manifest.v1+json", "artifact-media-type": kind,
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const image, chart = "application/vnd.oci.image.config.v1+json", "application/vnd.cncf.helm.config.v1+json"
	events := []json.RawMessage{
		event("one", "PUSH", "public/app", "v1", image),
		event("two", "PUSH", "charts/demo", "0.1.0", chart),
		event("one", "PUSH", "public/app", "v1", image), // EventBridge may bring one twice
		event("three", "DELETE", "public/app", "v1", image),
	}
	for _, e := range events {
		if answer, err := c.Functions["receive"].Invoke(e); err != nil {
			t.Fatalf("receive: %s, %v", answer, err)
		}
	}
	want := map[shipbell.Action]string{
		"pushImage": story.Host + "/public/app:v1", "uploadChart": story.Host + "/charts/demo:0.1.0", "deleteImage": story.Host + "/public/app:v1",
	}
	for _, d := range c.WaitEnded(len(want), clouds.Patience) {
		if d.Status != "succeeded" || len(d.Attempts) != 1 || d.Resources[0].URL != want[d.Action] {
			t.Errorf("delivery %+v", d)
		}
	}
	for _, r := range to.Requests() {
		if r.TCR.EventData.Resources[0].ResourceURL != want[shipbell.Action(r.TCR.Type)] {
			t.Errorf("request %v, want %s", r, want[shipbell.Action(r.TCR.Type)])
		}
		delete(want, shipbell.Action(r.TCR.Type))
	}
	if len(want) > 0 {
		t.Errorf("these did not come, or twice: %v", want)
	}
	if _, err := c.Functions["receive"].Invoke(map[string]string{"neither": "nor"}); err == nil {
		t.Error("receive took an event of no known kind")
	}
}
