package clouds

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/sink"
)

// AttemptTimeout is the setting of a stack for Killed: a lease is then 22 s.
const AttemptTimeout = "2s"

// Killed kills deliver between its claim and its record. The attempt is repeated once
// its lease has ended: by the message, which the cloud sends again, or by sweep where
// the message is lost. The wait is long, so what comes of it is checked later.
func Killed(t *testing.T, name string, s *Stack, lost bool) (check func()) {
	t.Helper()
	to := sink.Start(t)
	to.Hang()
	s.CreateTrigger(Pushes(to.URL()))
	s.Deliver()
	id := s.Accept(Pushed("v1")).Events[0].Deliveries[0]
	to.Wait(t, 1, Patience)
	if n := s.Functions["deliver"].Kill(); n < 1 {
		t.Fatalf("%s: killed %d processes, want one or more", name, n)
	}
	to.Release()
	if d := s.Delivery(id); d.Status != "pending" || len(d.Attempts) != 1 || d.Attempts[0].Error != "" {
		t.Fatalf("%s: after the kill: %+v", name, d)
	}
	if lost {
		s.Sweep()
	}
	return func() {
		t.Helper()
		to.Wait(t, 2, Long)
		d := s.WaitEnded(1, Patience)[0]
		for i := range d.Attempts {
			a := d.Attempts[i]
			d.Attempts[i] = apiv1.Attempt{Number: a.Number, StatusCode: a.StatusCode, Error: a.Error, ErrorCode: a.ErrorCode, Kind: a.Kind}
		}
		want := []apiv1.Attempt{{Number: 1, Error: "interrupted: outcome unknown", ErrorCode: text.AttemptInterrupted, Kind: shipbell.AttemptFirst}, {Number: 2, StatusCode: 200, Kind: shipbell.AttemptRetry}}
		if diff := gocmp.Diff(want, d.Attempts); diff != "" || d.Status != "succeeded" {
			t.Errorf("%s: %s, attempts (-want +got):\n%s", name, d.Status, diff)
		}
		if requests := to.Requests(); len(requests) != 2 || requests[1].ID() != id {
			t.Errorf("%s: requests %v, want 2 of %s", name, requests, id)
		}
	}
}

// Unsent has the queue take only some of the three messages of an event, until repair.
// What was acknowledged is delivered all the same, when sweep finds it. The wait is
// long, so what comes of it is checked later.
func Unsent(t *testing.T, name string, s *Stack, taken int, breaks, repair func()) (check func()) {
	t.Helper()
	to := sink.Start(t)
	s.Deliver()
	s.CreateTrigger(Pushes(to.URL()+"/a", to.URL()+"/b", to.URL()+"/c"))
	breaks()
	began := time.Now()
	if ids := s.Accept(Pushed("v1")).Events[0].Deliveries; len(ids) != 3 {
		t.Fatalf("%s: deliveries %v", name, ids)
	}
	// Registries give up on an answer after five seconds.
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%s: the answer took %v", name, took)
	}
	repair()
	to.Wait(t, taken, Patience)
	s.Sweep()
	return func() {
		t.Helper()
		to.Wait(t, 3, Long)
		Once(t, s.WaitEnded(3, Patience))
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

// Once checks that each delivery succeeded at its first attempt.
func Once(t *testing.T, all []apiv1.Delivery) {
	t.Helper()
	for _, d := range all {
		if d.Status != "succeeded" || len(d.Attempts) != 1 {
			t.Errorf("delivery %+v", d)
		}
	}
}
