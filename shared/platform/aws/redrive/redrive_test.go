package redrive_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws/redrive"
	"github.com/shipbell/shipbell/test/emulators"
)

// invoked plays the API of Lambda for one function: it keeps what the function is
// invoked with, and fails or takes its time for events that say so.
type invoked struct {
	mu  sync.Mutex
	got []string
}

// ServeHTTP implements http.Handler.
func (i *invoked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	event, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/2015-03-31/functions/receive/invocations" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if strings.Contains(string(event), "slow") {
		<-time.After(platform.TryTime + 200*time.Millisecond)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.got = append(i.got, string(event))
	if strings.Contains(string(event), "poison") {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		_, _ = w.Write([]byte(`{"errorMessage":"no such registry"}`))
	}
}

// TestRedrive has sweep hand dead events to receive: as EventBridge leaves them in the
// queue, and as Lambda does. A slow invocation is not repeated. What receive takes leaves the queue, and all else stays.
func TestRedrive(t *testing.T) {
	t.Parallel()
	e := emulators.Start(t)
	functions := &invoked{}
	server := httptest.NewServer(functions)
	t.Cleanup(server.Close)
	queue := e.NewQueue(t, "30")
	for _, body := range []string{
		`{"detail-type":"ECR Image Action","id":"slow"}`,
		`{"requestContext":{"condition":"RetriesExhausted"},"requestPayload":{"detail-type":"ECR Image Action","id":"2"},"responsePayload":{}}`,
		`{"detail-type":"ECR Image Action","id":"poison"}`,
		`{"something":"else"}`,
	} {
		if _, err := e.SQSClient().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{
		"AWS_ENDPOINT_URL_LAMBDA": server.URL, "SHIPBELL_EVENT_DEAD_LETTERS_URL": queue, "SHIPBELL_RECEIVE_FUNCTION": "receive",
	}
	for _, pair := range e.Env() {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	swept := errors.New("swept")
	h, err := redrive.Timer(func(context.Context) (platform.Handlers, error) {
		return platform.Handlers{Timer: func(context.Context) error { return swept }, Logger: slog.New(slog.DiscardHandler)}, nil
	}, func(name string) string { return env[name] })(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Timer(t.Context()); !errors.Is(err, swept) {
		t.Errorf("the function itself was not called: %v", err)
	}
	want := []string{
		`{"detail-type":"ECR Image Action","id":"slow"}`, `{"detail-type":"ECR Image Action","id":"2"}`, `{"detail-type":"ECR Image Action","id":"poison"}`,
	}
	if diff := cmp.Diff(want, functions.got, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("receive was invoked with (-want +got):\n%s", diff)
	}
	left, err := e.SQSClient().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &queue, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	if hidden := left.Attributes["ApproximateNumberOfMessagesNotVisible"]; hidden != "2" {
		t.Errorf("%s messages wait for their next turn, want 2", hidden)
	}
	if err := h.Timer(t.Context()); !errors.Is(err, swept) || len(functions.got) != len(want) {
		t.Errorf("what has failed is tried again before its time: %v, %q", err, functions.got)
	}
}

// TestRedriveSettings has a setting that is missing named.
func TestRedriveSettings(t *testing.T) {
	t.Parallel()
	for _, missing := range redrive.Variables() {
		_, err := redrive.Timer(nil, func(name string) string {
			return map[bool]string{name != missing: "x"}[true]
		})(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}
