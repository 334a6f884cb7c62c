package e2e_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// interrupted is the error of an attempt whose process died.
const interrupted = "interrupted: outcome unknown"

// targetSlots is the most attempts at one target that are under way at once, and so may
// be repeated after a crash.
const targetSlots = 256

// How much TestKilledUnderLoad does: more with "make kills".
var (
	kills  = flag.Int("kills", 4, "how often TestKilledUnderLoad kills the process")
	events = flag.Int("events", 2000, "how many events TestKilledUnderLoad sends")
)

// meddle changes a trigger and redelivers deliveries that were promised, over and over
// until done is closed, whether the process is up or not. It counts the redeliveries.
func meddle(t *testing.T, srv *server.Server, trigger shipbell.ID, random *rand.Rand, promised func(n int) shipbell.DeliveryID, done <-chan struct{}) (redelivered int) {
	for n := 0; ; n++ {
		select {
		case <-done:
			return redelivered
		case <-time.After(20 * time.Millisecond):
		}
		description := map[string]string{"description": fmt.Sprint(n)}
		if _, err := srv.API.ChangeTrigger(t.Context(), "default", trigger, 0, description); err != nil {
			continue
		}
		if id := promised(random.IntN(1 << 30)); id != "" {
			if _, err := srv.API.Redeliver(t.Context(), "default", id); err == nil {
				redelivered++
			}
		}
	}
}

// TestKilledUnderLoad kills the process several times while many clients send events to
// several targets, a trigger is changed and deliveries are redelivered, and asks for all
// that it had acknowledged.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	const clients, targets = 32, 3
	events, kills := int64(*events), *kills
	random := seeded(t)
	srv, to := server.Start(t, loopback), sink.Start(t)
	app := pushes("app", "public", to.URL()+"/hook")
	for n := 1; n < targets; n++ {
		app.Targets = append(app.Targets, apiv1.Target{URL: fmt.Sprintf("%s/hook/%d", to.URL(), n)})
	}
	trigger := srv.CreateTrigger(app).ID
	srv.CreateTrigger(pushes("other", "private", to.URL()+"/refused"))

	var sent, acknowledged atomic.Int64
	var mu sync.Mutex
	promised := map[shipbell.DeliveryID]bool{} // deliveries that a 202 named
	var ids []shipbell.DeliveryID
	done, redelivered := make(chan struct{}), 0
	var all, changes sync.WaitGroup
	meddler := rand.New(rand.NewPCG(random.Uint64(), 0))
	changes.Go(func() {
		redelivered = meddle(t, srv, trigger, meddler, func(n int) shipbell.DeliveryID {
			mu.Lock()
			defer mu.Unlock()
			if len(ids) == 0 {
				return ""
			}
			return ids[n%len(ids)]
		}, done)
	})
	for range clients {
		all.Go(func() {
			for {
				n := sent.Add(1) - 1
				if n >= events {
					return
				}
				// Every other event is sent once and given up; the rest is sent again until
				// it is acknowledged, as a registry does.
				for {
					status, answer, err := srv.Post(t.Context(), pushed("public", fmt.Sprintf("n%d", n)))
					if err == nil && status == http.StatusAccepted {
						mu.Lock()
						for _, id := range answer.Events[0].Deliveries {
							promised[id] = true
							ids = append(ids, id)
						}
						mu.Unlock()
						acknowledged.Add(1)
						break
					}
					if err == nil && status < 500 {
						t.Errorf("event %d: status %d", n, status)
						return
					}
					if t.Context().Err() != nil || n%2 == 1 {
						break
					}
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	for k := range kills {
		moment := events*int64(k)/int64(kills) + 50 + random.Int64N(events/int64(kills)-50)
		eventually(t, "the load goes on", func() bool { return sent.Load() >= moment })
		time.Sleep(time.Duration(random.IntN(5000)) * time.Microsecond)
		srv.Kill()
		srv.Restart()
	}
	all.Wait()
	close(done)
	changes.Wait()

	deliveries := srv.WaitFor(client.DeliveryQuery{}, server.AllEnded, patience+time.Duration(events)*5*time.Millisecond)
	requests := perID(to.Requests())
	repeats, lost, crashed := 0, 0, 0
	known := map[shipbell.DeliveryID]bool{}
	for _, d := range deliveries {
		known[d.ID] = true
		if d.Status != "succeeded" || d.TriggerName != "app" {
			t.Errorf("delivery %s of %s: %s", d.ID, d.TriggerName, d.Status)
		}
		answered := 0
		for i, a := range d.Attempts {
			if a.Number != i+1 {
				t.Errorf("delivery %s: attempt %d has number %d", d.ID, i+1, a.Number)
			}
			switch a.Error {
			case "":
				answered++
			case interrupted:
				crashed++
			default:
				t.Errorf("delivery %s: attempt %d of %d: %q", d.ID, i+1, len(d.Attempts), a.Error)
			}
		}
		if answered < 1 || requests[d.ID] < answered || requests[d.ID] > len(d.Attempts) {
			t.Errorf("delivery %s: %d requests in %d attempts, %d of them answered", d.ID, requests[d.ID], len(d.Attempts), answered)
		}
		repeats += requests[d.ID] - answered
		delete(requests, d.ID)
	}
	for id := range promised {
		if !known[id] {
			lost++
		}
	}
	if lost > 0 || len(requests) > 0 {
		t.Errorf("%d acknowledged deliveries were lost, and %d came that the log does not know", lost, len(requests))
	}
	if most := kills * targets * targetSlots; crashed > most {
		t.Errorf("%d interrupted attempts, more than %d", crashed, most)
	}
	t.Logf("%d of %d events acknowledged, %d deliveries, %d kills, %d redeliveries: %d lost, %d repeated, %d attempts interrupted",
		acknowledged.Load(), events, len(deliveries), kills, redelivered, lost, repeats, crashed)
}

// TestKilledInAnAttempt kills the process right after its 202 while the target
// hangs, twice, for what a start finds must still be found by the next.
func TestKilledInAnAttempt(t *testing.T) {
	t.Parallel()
	srv, to := server.Start(t, loopback), sink.Start(t)
	to.Hang()
	srv.CreateTrigger(pushes("app", "public", to.URL()))
	id := srv.Accept(pushed("public", "v1")).Events[0].Deliveries[0]
	// Others come after it, so that it is not the last that a start looks at.
	srv.CreateTrigger(pushes("later", "later", "http://169.254.169.254/"))
	const kills = 3
	for n := range kills {
		to.Wait(t, n+1, patience)
		srv.Accept(pushed("later", tags(kills, "v")[n]))
		srv.Kill()
		began := time.Now()
		srv.Restart()
		if n == kills-1 {
			to.Release()
		}
		requests := to.Wait(t, n+2, patience)
		if took := requests[n+1].Time.Sub(began); took > 10*time.Second {
			t.Errorf("attempted again %v after the restart: not at once", took)
		}
	}
	eventually(t, "the delivery ends", func() bool { return srv.Delivery(id).Status == "succeeded" })
	d := srv.Delivery(id)
	if len(d.Attempts) != kills+1 || len(to.Requests()) != kills+1 {
		t.Fatalf("%d attempts, %d requests, want %d", len(d.Attempts), len(to.Requests()), kills+1)
	}
	for i, a := range d.Attempts {
		want := apiv1.Attempt{Number: i + 1, Error: interrupted, ErrorCode: text.AttemptInterrupted, ErrorKind: shipbell.ErrorInterrupted, StartedAt: a.StartedAt}
		if i == kills {
			want = apiv1.Attempt{Number: i + 1, StatusCode: 200, StartedAt: a.StartedAt, DurationMS: a.DurationMS}
		}
		if i == kills {
			want.Timings, want.RemoteAddress = a.Timings, a.RemoteAddress
			want.RequestBytes, want.ResponseBytes, want.ResponseHeaders = a.RequestBytes, a.ResponseBytes, a.ResponseHeaders
		}
		want.Kind = shipbell.AttemptRetry
		if i == 0 {
			want.Kind = shipbell.AttemptFirst
		}
		if !reflect.DeepEqual(a, want) {
			t.Errorf("attempt %+v, want %+v", a, want)
		}
	}
}

func TestGracefulEnd(t *testing.T) {
	t.Parallel()
	const all, slots = 40, 8
	srv, to := server.Start(t, loopback), sink.Start(t)
	to.Hang()
	srv.CreateTrigger(pushes("app", "public", to.URL()))
	for _, tag := range tags(all, "v") {
		srv.Accept(pushed("public", tag))
	}
	to.Wait(t, slots, patience)
	srv.Stop()
	eventually(t, "no more requests are let in", func() bool {
		_, _, err := srv.Post(t.Context(), pushed("public", "late"))
		return err != nil
	})
	if srv.Ended() {
		t.Error("the process ended while attempts were under way")
	}
	to.Release()
	if code := srv.Wait(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if n := len(to.Requests()); n != slots {
		t.Errorf("%d requests by the end, want the %d that were under way", n, slots)
	}
	srv.Restart()
	for _, d := range srv.WaitFor(client.DeliveryQuery{}, server.AllEnded, patience) {
		if d.Status != "succeeded" || len(d.Attempts) != 1 || d.Attempts[0].StatusCode != 200 {
			t.Errorf("delivery %s: %s, attempts %+v", d.ID, d.Status, d.Attempts)
		}
	}
	requests := perID(to.Requests())
	if len(requests) < all {
		t.Errorf("%d deliveries came, want %d", len(requests), all)
	}
	for id, n := range requests {
		if n != 1 {
			t.Errorf("delivery %s came %d times", id, n)
		}
	}
}
