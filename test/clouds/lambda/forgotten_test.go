package lambda_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/shipbell/shipbell/test/clouds"
)

// TestForgotten loses messages and processes at once in several stacks, for the
// waits are clouds.Long, and then sees in each that all was delivered.
func TestForgotten(t *testing.T) {
	t.Parallel()
	killed := func(name string, visibility string) func() {
		c := newCloud(t, options{visibility: visibility, variables: map[string]string{"SHIPBELL_ATTEMPT_TIMEOUT": clouds.AttemptTimeout}})
		return clouds.Killed(t, name, c.Stack, visibility == "")
	}
	unsent := func(name string, broken fault, taken int) func() {
		c := newCloud(t, options{})
		return clouds.Unsent(t, name, c.Stack, taken, func() { c.sqs.breaks(onQueue(c.mapping.url, broken)) }, func() { c.sqs.breaks(nil) })
	}
	for _, check := range []func(){
		killed("killed, message comes again", "30"),
		killed("killed, message is lost", ""),
		unsent("queue down", down, 0),
		unsent("one of a batch refused", refuseLast, 2),
	} {
		check()
	}
}

// onQueue is a fault of one queue: deliver moves messages to the other one meanwhile.
func onQueue(url string, broken fault) fault {
	return func(call string, body []byte, pass func([]byte) []byte) (int, string) {
		var asked struct {
			QueueURL string `json:"QueueUrl"`
		}
		if err := json.Unmarshal(body, &asked); err != nil {
			return http.StatusBadRequest, err.Error()
		}
		if asked.QueueURL != url {
			return 0, ""
		}
		return broken(call, body, pass)
	}
}

// down is a service that cannot serve.
func down(string, []byte, func([]byte) []byte) (int, string) {
	return http.StatusServiceUnavailable, "{}"
}

// refuseLast takes all messages of a batch but the last.
func refuseLast(_ string, body []byte, pass func([]byte) []byte) (int, string) {
	var asked struct {
		QueueURL string `json:"QueueUrl"`
		Entries  []map[string]any
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return http.StatusBadRequest, err.Error()
	}
	got := map[string]any{}
	last := len(asked.Entries) - 1
	refused := asked.Entries[last]["Id"]
	if asked.Entries = asked.Entries[:last]; last > 0 {
		text, err := json.Marshal(asked)
		if err == nil {
			err = json.Unmarshal(pass(text), &got)
		}
		if err != nil {
			return http.StatusBadRequest, err.Error()
		}
	}
	got["Failed"] = []map[string]any{{"Id": refused, "Code": "InternalError", "SenderFault": false}}
	text, err := json.Marshal(got)
	if err != nil {
		return http.StatusBadRequest, err.Error()
	}
	return http.StatusOK, string(text)
}
