package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

func TestSameEventMakesTheSameDeliveries(t *testing.T) {
	t.Parallel()
	srv, to := server.Start(t, loopback), sink.Start(t)
	srv.CreateTrigger(pushes("one", "public", to.URL()+"/a", to.URL()+"/b"))
	first := srv.Accept(pushed("public", "v1"))
	if len(first.Events) != 1 || len(first.Events[0].Deliveries) != 2 {
		t.Fatalf("answer %+v", first)
	}
	srv.WaitEnded(2, patience)
	first.Events[0].Repeat = true

	// A trigger made between the two is not about what came before it.
	srv.CreateTrigger(pushes("two", "public", to.URL()+"/c"))
	if diff := gocmp.Diff(first, srv.Accept(pushed("public", "v1"))); diff != "" {
		t.Errorf("the answer to the same event (-first +second):\n%s", diff)
	}

	srv.Terminate()
	srv.Restart()
	if diff := gocmp.Diff(first, srv.Accept(pushed("public", "v1"))); diff != "" {
		t.Errorf("the answer to the same event after a restart (-first +third):\n%s", diff)
	}
	other := srv.Accept(pushed("public", "v2"))
	if n := len(other.Events[0].Deliveries); n != 3 {
		t.Errorf("another event makes %d deliveries, want 3", n)
	}
	srv.WaitEnded(5, patience)
	if n := len(to.Requests()); n != 5 {
		t.Errorf("%d requests, want 5", n)
	}
}

func TestSameEventAtOnce(t *testing.T) {
	t.Parallel()
	srv, to := server.Start(t, loopback), sink.Start(t)
	srv.CreateTrigger(pushes("one", "public", to.URL()+"/a", to.URL()+"/b"))
	const clients = 16
	for _, tag := range tags(10, "v") {
		answers := make([]apiv1.Received, clients)
		var all sync.WaitGroup
		for i := range clients {
			all.Go(func() {
				code, answer, err := srv.Post(t.Context(), pushed("public", tag))
				if err != nil || code != http.StatusAccepted {
					t.Errorf("status %d, %v", code, err)
				}
				answers[i] = answer
			})
		}
		all.Wait()
		firsts := 0
		for _, answer := range answers {
			for j := range answer.Events {
				if !answer.Events[j].Repeat {
					firsts++
				}
				answer.Events[j].Repeat = false // else the answers are the same
			}
		}
		if firsts != 1 {
			t.Errorf("%d of %d answers tell of no repeat, want one", firsts, clients)
		}
		for _, answer := range answers {
			if diff := gocmp.Diff(answers[0], answer); diff != "" {
				t.Fatalf("answers to the same event differ:\n%s", diff)
			}
		}
	}
	for _, d := range srv.WaitEnded(20, patience) {
		if d.Status != "succeeded" || len(d.Attempts) != 1 {
			t.Errorf("delivery %s: %s after %d attempts", d.ID, d.Status, len(d.Attempts))
		}
	}
	for id, n := range perID(to.Requests()) {
		if n != 1 {
			t.Errorf("delivery %s came %d times", id, n)
		}
	}
}
