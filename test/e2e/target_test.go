package e2e_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// inTurn answers the nth request with the nth status, and with the last one from
// then on.
func inTurn(codes ...int) sink.Answer {
	return func(n int, _ *sink.Received) (int, http.Header, string) {
		return codes[min(n, len(codes))-1], nil, ""
	}
}

func TestFailingTarget(t *testing.T) {
	t.Parallel()
	waits := []time.Duration{200 * time.Millisecond, 300 * time.Millisecond}
	srv := server.Start(t, loopback, "--retry-waits=200ms,300ms")
	long := strings.Repeat("é", 2000)
	tests := map[string]struct {
		answer   sink.Answer
		codes    []int
		errors   []string
		response string
		status   shipbell.Status
	}{
		"recovers": {
			answer: inTurn(500, 200), codes: []int{500, 200}, errors: []string{"status 500", ""}, status: "succeeded",
		},
		"recovers at the last attempt": {
			answer: inTurn(404, 503, 204), codes: []int{404, 503, 204}, errors: []string{"status 404", "status 503", ""}, status: "succeeded",
		},
		"never recovers": {
			answer: func(int, *sink.Received) (int, http.Header, string) { return 500, nil, long },
			codes:  []int{500, 500, 500}, errors: []string{"status 500", "status 500", "status 500"}, response: long[:1024], status: "failed",
		},
		"gone": {
			answer: inTurn(410), codes: []int{410}, errors: []string{"status 410: the target is gone"}, status: "failed",
		},
		"redirects": {
			answer: func(int, *sink.Received) (int, http.Header, string) {
				return 302, http.Header{"Location": {"/elsewhere"}}, ""
			},
			codes: []int{302, 302, 302}, errors: []string{"status 302 to /elsewhere: redirects are not followed", "status 302 to /elsewhere: redirects are not followed", "status 302 to /elsewhere: redirects are not followed"},
			status: "failed",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := sink.Start(t)
			to.Respond(test.answer)
			namespace := strings.ReplaceAll(name, " ", "-")
			srv.CreateTrigger(pushes(namespace, namespace, to.URL()+"/hook"))
			id := srv.Accept(pushed(namespace, "v1")).Events[0].Deliveries[0]
			to.Wait(t, len(test.codes), patience)
			eventually(t, "the delivery ends", func() bool { return srv.Delivery(id).Status != "pending" })

			d := srv.Delivery(id)
			if d.Status != test.status || d.NextAttemptAt != nil {
				t.Errorf("status %s, next attempt %v, want %s and none", d.Status, d.NextAttemptAt, test.status)
			}
			var codes []int
			var problems []string
			for i, a := range d.Attempts {
				codes, problems = append(codes, a.StatusCode), append(problems, a.Error)
				response := test.response
				if i > 0 && i < len(d.Attempts)-1 {
					response = "" // of the first failure and of the last attempt it is kept
				}
				if a.Number != i+1 || a.DurationMS < 0 || a.DurationMS > 5000 || a.Response != response || !utf8.ValidString(a.Response) {
					t.Errorf("attempt %d: %+v", i+1, a)
				}
			}
			if diff := gocmp.Diff(test.codes, codes); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			if diff := gocmp.Diff(test.errors, problems); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			requests := to.Requests()
			if len(requests) != len(test.codes) {
				t.Errorf("%d requests, want %d", len(requests), len(test.codes))
			}
			for i, r := range requests {
				if r.URI != "/hook" || r.ID() != id || string(r.Body) != string(requests[0].Body) {
					t.Errorf("request %d: %v", i+1, r)
				}
				if i > 0 {
					spaced(t, r.Time.Sub(requests[i-1].Time), waits[i-1], waits[i-1])
				}
			}
		})
	}
}

// spaced checks that a wait was as scheduled, ±20 %. That it takes longer on a
// machine that is busy proves nothing.
func spaced(t *testing.T, got, least, most time.Duration) {
	t.Helper()
	const busy = 2 * time.Second
	t.Logf("waited %v for %v to %v", got, least*8/10, most*12/10)
	if got < least*8/10 || got > most*12/10+busy {
		t.Errorf("waited %v, want %v to %v", got, least*8/10, most*12/10)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	srv := server.Start(t, loopback, "--retry-waits=600ms")
	for name, test := range map[string]struct {
		ask   string
		least time.Duration // before jitter, which never shortens what was asked for
		most  time.Duration
	}{
		"honoured":                            {"1", 1250 * time.Millisecond, time.Second},
		"up to twice the wait":                {"3600", 1500 * time.Millisecond, 1200 * time.Millisecond},
		"never shortens":                      {"0", 600 * time.Millisecond, 600 * time.Millisecond},
		"of a date that has passed":           {"Fri, 01 Jan 2021 00:00:00 GMT", 600 * time.Millisecond, 600 * time.Millisecond},
		"that is neither a number nor a date": {"soon", 600 * time.Millisecond, 600 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := sink.Start(t)
			to.Respond(func(n int, _ *sink.Received) (int, http.Header, string) {
				if n == 1 {
					return 503, http.Header{"Retry-After": {test.ask}}, ""
				}
				return 200, nil, ""
			})
			namespace := strings.ReplaceAll(name, " ", "-")
			srv.CreateTrigger(pushes(namespace, namespace, to.URL()))
			srv.Accept(pushed(namespace, "v1"))
			requests := to.Wait(t, 2, patience)
			spaced(t, requests[1].Time.Sub(requests[0].Time), test.least, test.most)
		})
	}
}

func TestFirstWaitIsFiveSeconds(t *testing.T) {
	t.Parallel()
	srv, to := server.Start(t, loopback), sink.Start(t)
	to.Respond(inTurn(500, 200))
	srv.CreateTrigger(pushes("app", "public", to.URL()))
	id := srv.Accept(pushed("public", "v1")).Events[0].Deliveries[0]
	requests := to.Wait(t, 2, patience)
	spaced(t, requests[1].Time.Sub(requests[0].Time), 5*time.Second, 5*time.Second)
	eventually(t, "the delivery ends", func() bool { return srv.Delivery(id).Status == "succeeded" })
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	srv, to := server.Start(t, loopback, "--retry-waits=50ms"), sink.Start(t)
	to.Respond(status(500))
	srv.CreateTrigger(pushes("app", "public", to.URL()))
	id := srv.Accept(pushed("public", "v1")).Events[0].Deliveries[0]
	eventually(t, "the schedule is spent", func() bool { return srv.Delivery(id).Status == "failed" })
	to.Wait(t, 2, patience)

	to.Respond(inTurn(500, 500, 500, 200))
	if _, err := srv.API.Redeliver(t.Context(), "default", id); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the redelivery succeeds", func() bool { return srv.Delivery(id).Status == "succeeded" })
	d := srv.Delivery(id)
	for i, a := range d.Attempts {
		if a.Number != i+1 {
			t.Errorf("attempt %d has number %d", i+1, a.Number)
		}
	}
	requests := to.Requests()
	if len(d.Attempts) != 4 || len(requests) != 4 || requests[3].ID() != id || requests[3].Header.Get("X-Shipbell-Attempt") != "4" {
		t.Errorf("%d attempts, requests %v", len(d.Attempts), requests)
	}
}

// TestTriggerEnds takes a trigger away while some of its deliveries wait and one
// attempt is under way.
func TestTriggerEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end    func(*client.Client) error
		reason string
	}{
		"disabled": {func(c *client.Client) error {
			_, err := c.ChangeTrigger(context.Background(), "default", 1, 0, map[string]bool{"enabled": false})
			return err
		}, "the trigger is disabled"},
		"deleted": {func(c *client.Client) error { return c.DeleteTrigger(context.Background(), "default", 1) }, "the trigger was deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, to := server.Start(t, loopback, "--retry-waits=1h", "--target-slots=4"), sink.Start(t)
			to.Respond(status(500))
			if created := srv.CreateTrigger(pushes("app", "public", to.URL())); created.ID != 1 {
				t.Fatalf("the first trigger has number %d", created.ID)
			}
			for _, tag := range tags(20, "waits") {
				srv.Accept(pushed("public", tag))
			}
			srv.WaitFor(client.DeliveryQuery{}, func(all []apiv1.Delivery) bool {
				for _, d := range all {
					if len(d.Attempts) != 1 || d.Attempts[0].StatusCode != 500 {
						return false
					}
				}
				return len(all) == 20
			}, patience)
			to.Hang()
			for _, tag := range tags(30, "hangs") {
				srv.Accept(pushed("public", tag))
			}
			to.Wait(t, 24, patience)

			if err := test.end(srv.API); err != nil {
				t.Fatal(err)
			}
			cancelled := srv.Deliveries(client.DeliveryQuery{Status: shipbell.Cancelled})
			if under := 50 - len(cancelled); under > 8 {
				t.Errorf("%d deliveries were not cancelled at once, of which 4 were being sent", under)
			}
			if answer := srv.Accept(pushed("public", "after")); len(answer.Events[0].Deliveries) != 0 {
				t.Errorf("an event afterwards makes deliveries: %+v", answer)
			}
			to.Release()
			for _, d := range srv.WaitEnded(50, patience) {
				if d.Status != "cancelled" || d.Reason != test.reason {
					t.Errorf("delivery %s: %s, %q", d.ID, d.Status, d.Reason)
				}
			}
			if n := len(to.Requests()); n != 24 {
				t.Errorf("%d requests, want the 20 that failed and the 4 under way", n)
			}
		})
	}
}

func TestBlockedTarget(t *testing.T) {
	t.Parallel()
	srv, to := server.Start(t), sink.Start(t)
	for name, url := range map[string]string{
		"loopback": to.URL() + "/hook",
		"metadata": "http://169.254.169.254/latest/meta-data/",
		"by-name":  strings.Replace(to.URL(), "127.0.0.1", "localhost", 1) + "/hook",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv.CreateTrigger(pushes(name, name, url))
			id := srv.Accept(pushed(name, "v1")).Events[0].Deliveries[0]
			eventually(t, "the delivery ends", func() bool { return srv.Delivery(id).Status != "pending" })
			d := srv.Delivery(id)
			if d.Status != "failed" || len(d.Attempts) != 1 || d.Attempts[0].StatusCode != 0 || !strings.Contains(d.Attempts[0].Error, "blocked") {
				t.Errorf("%s: %+v", d.Status, d.Attempts)
			}
			t.Log(d.Attempts[0].Error)
		})
	}
	t.Cleanup(func() {
		if requests := to.Requests(); len(requests) != 0 {
			t.Errorf("requests came: %v", requests)
		}
	})
}
