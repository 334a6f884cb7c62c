package lambda_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/story"
)

func TestBehaviour(t *testing.T) {
	clouds.Behaviour(t, func(t testing.TB) *clouds.Stack { return newCloud(t, options{}).Stack })
}

func TestHeldTargetIsMeasured(t *testing.T) {
	t.Parallel()
	clouds.Held(t, newCloud(t, options{variables: map[string]string{"SHIPBELL_ATTEMPT_TIMEOUT": "1s"}}).Stack)
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	clouds.Loopback(t, newCloud(t, options{variables: map[string]string{"SHIPBELL_ALLOW_TARGETS": clouds.Everything}}).Stack)
}

const image = "application/vnd.oci.image.config.v1+json"

func ecrEvent(t *testing.T, id, action, repository, tag, kind string) json.RawMessage {
	t.Helper()
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

// TestDeadEvents has events in the dead-letter queue that receive could not take while
// its table failed. Once it can, sweep hands them over, and each makes its delivery once.
func TestDeadEvents(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.Deliver()
	c.CreateTrigger(apiv1.TriggerSettings{Name: "all", Actions: []shipbell.Action{"pushImage"}, Targets: []apiv1.Target{{URL: to.URL()}}})
	alone := ecrEvent(t, "one", "PUSH", "public/app", "v1", image)
	failed, err := json.Marshal(map[string]any{
		"version": "1.0", "requestContext": map[string]any{"condition": "RetriesExhausted", "approximateInvokeCount": 3},
		"requestPayload": ecrEvent(t, "two", "PUSH", "public/app", "v2", image), "responsePayload": map[string]string{"errorMessage": "the table fails"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{string(alone), string(failed), string(alone)} {
		if _, err := c.mapping.client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &c.deadEvents, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
	if answer, err := c.Functions["sweep"].Invoke(c.Timer); err != nil {
		t.Fatalf("sweep: %s, %v", answer, err)
	}
	for _, d := range c.WaitEnded(2, clouds.Patience) {
		if d.Status != "succeeded" {
			t.Errorf("delivery %+v", d)
		}
	}
	if got := len(to.Requests()); got != 2 {
		t.Errorf("%d requests came, want one for each event", got)
	}
	left, err := c.mapping.client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &c.deadEvents, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen, hidden := left.Attributes["ApproximateNumberOfMessages"], left.Attributes["ApproximateNumberOfMessagesNotVisible"]; seen != "0" || hidden != "0" {
		t.Errorf("%s and %s messages are left in the dead-letter queue", seen, hidden)
	}
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
	const chart = "application/vnd.cncf.helm.config.v1+json"
	events := []json.RawMessage{
		ecrEvent(t, "one", "PUSH", "public/app", "v1", image),
		ecrEvent(t, "two", "PUSH", "charts/demo", "0.1.0", chart),
		ecrEvent(t, "one", "PUSH", "public/app", "v1", image), // EventBridge may bring one twice
		ecrEvent(t, "three", "DELETE", "public/app", "v1", image),
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
