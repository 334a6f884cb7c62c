package lambda_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/test/fleet"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// long bounds the waits for sweep, which lets a delivery alone for a minute.
const long = 100 * time.Second

// TestForgotten loses messages and processes at once in several stacks, for the
// waits are long, and then sees in each that all was delivered.
func TestForgotten(t *testing.T) {
	t.Parallel()
	checks := []func(){
		killed(t, "killed, message comes again", "30"), // the lease is 22 s
		killed(t, "killed, message is lost", ""),
		unsent(t, "queue down", down, 0),
		unsent(t, "one of a batch refused", refuseLast, 2),
	}
	for _, check := range checks {
		check()
	}
}

// killed kills deliver between its claim and its record. The attempt is repeated
// once its lease has ended: by the message, which SQS shows again, or by sweep where
// the message is lost.
func killed(t *testing.T, name, visibility string) (check func()) {
	t.Helper()
	c := newCloud(t, options{visibility: visibility, variables: map[string]string{"SHIPBELL_ATTEMPT_TIMEOUT": "2s"}})
	to := sink.Start(t)
	to.Hang()
	c.CreateTrigger(fleet.Pushes(to.URL()))
	c.deliver()
	id := c.Accept(fleet.Pushed("v1")).Events[0].Deliveries[0]
	to.Wait(t, 1, patience)
	if n := c.functions["deliver"].Kill(); n != 1 {
		t.Fatalf("%s: killed %d processes, want 1", name, n)
	}
	to.Release()
	if d := c.Delivery(id); d.Status != "pending" || len(d.Attempts) != 1 || d.Attempts[0].Error != "" {
		t.Fatalf("%s: after the kill: %+v", name, d)
	}
	if visibility == "" {
		c.sweep(time.Second)
	}
	return func() {
		t.Helper()
		to.Wait(t, 2, long)
		d := c.WaitEnded(1, patience)[0]
		for i := range d.Attempts {
			d.Attempts[i].StartedAt, d.Attempts[i].DurationMS = time.Time{}, 0
		}
		want := []server.Attempt{{Number: 1, Error: "interrupted: outcome unknown"}, {Number: 2, StatusCode: 200}}
		if diff := gocmp.Diff(want, d.Attempts); diff != "" || d.Status != "succeeded" {
			t.Errorf("%s: %s, attempts (-want +got):\n%s", name, d.Status, diff)
		}
		if requests := to.Requests(); len(requests) != 2 || requests[1].ID() != id {
			t.Errorf("%s: requests %v, want 2 of %s", name, requests, id)
		}
	}
}

// unsent has SQS fail, or take only some of the three messages of an event. What was
// acknowledged is delivered all the same, when sweep finds it.
func unsent(t *testing.T, name string, broken fault, taken int) (check func()) {
	t.Helper()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.deliver()
	c.CreateTrigger(fleet.Pushes(to.URL()+"/a", to.URL()+"/b", to.URL()+"/c"))
	c.sqs.breaks(broken)
	began := time.Now()
	if ids := c.Accept(fleet.Pushed("v1")).Events[0].Deliveries; len(ids) != 3 {
		t.Fatalf("%s: deliveries %v", name, ids)
	}
	// Registries give up on an answer after five seconds.
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%s: the answer took %v", name, took)
	}
	c.sqs.breaks(nil)
	to.Wait(t, taken, patience)
	c.sweep(time.Second)
	return func() {
		t.Helper()
		to.Wait(t, 3, long)
		for _, d := range c.WaitEnded(3, patience) {
			if d.Status != "succeeded" || len(d.Attempts) != 1 {
				t.Errorf("%s: delivery %+v", name, d)
			}
		}
		late := 0
		for _, r := range to.Requests() {
			if r.Time.Sub(began) > time.Minute/2 {
				late++
			}
		}
		if late != 3-taken || len(to.Requests()) != 3 {
			t.Errorf("%s: of %d requests %d came late, want %d of 3", name, len(to.Requests()), late, 3-taken)
		}
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
	said := map[string]any{}
	last := len(asked.Entries) - 1
	refused := asked.Entries[last]["Id"]
	if asked.Entries = asked.Entries[:last]; last > 0 {
		text, err := json.Marshal(asked)
		if err == nil {
			err = json.Unmarshal(pass(text), &said)
		}
		if err != nil {
			return http.StatusBadRequest, err.Error()
		}
	}
	said["Failed"] = []map[string]any{{"Id": refused, "Code": "InternalError", "SenderFault": false}}
	text, err := json.Marshal(said)
	if err != nil {
		return http.StatusBadRequest, err.Error()
	}
	return http.StatusOK, string(text)
}
