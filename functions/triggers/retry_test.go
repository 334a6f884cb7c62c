package triggers_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// TestRetryOfTrigger sets, keeps and takes back the waits of a trigger.
func TestRetryOfTrigger(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const plain = `{"name":"app","actions":["pushImage"],"targets":[{"url":"https://ci.example.com/"}]`
	for i, step := range []struct {
		method, target, body string
		status               int
		want                 []string
	}{
		{"POST", "/v1/triggers/default", plain + `,"retry":["5s","1m30s"]}`, http.StatusCreated, []string{"5s", "1m30s"}},
		{"PATCH", "/v1/triggers/default/1", `{"description":"d"}`, http.StatusOK, []string{"5s", "1m30s"}},
		{"PATCH", "/v1/triggers/default/1", `{"retry":["none"]}`, http.StatusOK, []string{"none"}},
		{"PATCH", "/v1/triggers/default/1", `{"retry":["none","5s"]}`, http.StatusUnprocessableEntity, nil},
		{"GET", "/v1/triggers/default/1", "", http.StatusOK, []string{"none"}},
		{"PATCH", "/v1/triggers/default/1", `{"retry":[]}`, http.StatusOK, nil},
		{"PATCH", "/v1/triggers/default/1", `{"retry":["10m"]}`, http.StatusOK, []string{"10m"}},
		{"PUT", "/v1/triggers/default/1", plain + `}`, http.StatusOK, nil},
	} {
		answer := s.do(step.method, step.target, step.body)
		var got apiv1.Trigger
		if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || answer.Code != step.status {
			t.Fatalf("step %d: status %d, want %d: %s, %v", i+1, answer.Code, step.status, answer.Body, err)
		}
		if diff := cmp.Diff(step.want, got.Retry); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i+1, diff)
		}
	}
}
