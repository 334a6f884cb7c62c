package triggers_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// TestWarnings warns of patterns that are hardly what was meant, in the answers to what
// creates and changes a trigger, and stores them all the same.
func TestWarnings(t *testing.T) {
	t.Parallel()
	s := newService(t)
	warned := func(method, target string, body object, status int) map[string]string {
		t.Helper()
		w := s.do(method, target, body)
		var answer apiv1.Trigger
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != status {
			t.Fatalf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
		fields := map[string]string{}
		for _, warning := range answer.Warnings {
			fields[warning.Field] = string(warning.Code)
		}
		return fields
	}
	rule := object{"namespace": "public", "repository": "public/nginx*", "tag": "v[0-9]+"}
	all := object{"name": "one", "actions": []string{"pushImage"}, "rule": rule, "targets": []object{{"url": "https://a.example.com/"}}}
	want := map[string]string{"rule.repository": "warning-namespace-repeated", "rule.tag": "warning-regexp"}
	for _, step := range []struct {
		method, target string
		body           object
		status         int
		want           map[string]string
	}{
		{"POST", at, all, http.StatusCreated, want},
		{"PUT", at + "/1", all, http.StatusOK, want},
		{"PATCH", at + "/1", object{"rule": object{"namespace": "a/b", "tag": "nginx:v1"}}, http.StatusOK, map[string]string{"rule.namespace": "warning-namespace-slash", "rule.tag": "warning-colon"}},
		{"PATCH", at + "/1", object{"rule": object{"namespace": "public", "repository": "nginx*", "tag": "v1*"}}, http.StatusOK, map[string]string{}},
		{"GET", at + "/1", nil, http.StatusOK, map[string]string{}},
	} {
		if step.method == "PATCH" && step.body["rule"].(object)["repository"] == nil {
			step.body["rule"].(object)["repository"] = ""
		}
		if diff := cmp.Diff(step.want, warned(step.method, step.target, step.body, step.status)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.method, diff)
		}
	}
}
