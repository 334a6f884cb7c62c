package story

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/measured"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// Held sends events for a target that does not answer, until its circuit opens, and
// resumes it when it answers again. The metrics, which read gives, tell of one change and
// of one target that is held, and then of none. Attempts should take a second at most.
func Held(t testing.TB, srv *server.Server, event func(tag string) json.RawMessage, read func() (measured.Values, error)) {
	t.Helper()
	const events = 20
	to := sink.Start(t)
	to.Hang()
	trigger := srv.CreateTrigger(apiv1.TriggerSettings{
		Name: "held", Actions: []shipbell.Action{shipbell.PushImage}, Rule: shipbell.Rule{Namespace: "public"},
		Targets: []apiv1.Target{{URL: to.URL()}},
	})
	for n := range events {
		srv.Accept(event(fmt.Sprint("v", n)))
	}
	Measured(t, "the circuit opened", read, func(v measured.Values) bool {
		return v["CircuitsOpened"] == 1 && v["OpenCircuits"] == 1
	})
	to.Release()
	if _, err := srv.API.ResumeTarget(t.Context(), "default", trigger.ID, trigger.Targets[0].ID); err != nil {
		t.Fatal(err)
	}
	srv.WaitEnded(events, 2*patience)
	Measured(t, "the target answers", read, func(v measured.Values) bool {
		return v["OpenCircuits"] == 0 && v["CircuitsOpened"] == 1 && v["DeliveriesSucceeded"] == events
	})
}

// Measured waits until what read gives is as it should be.
func Measured(t testing.TB, what string, read func() (measured.Values, error), as func(measured.Values) bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(50 * time.Millisecond) {
		got, err := read()
		if err != nil {
			t.Fatal(err)
		}
		if as(got) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: measured %v", what, got)
		}
	}
}
