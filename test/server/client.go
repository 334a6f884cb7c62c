package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// registry is the one that all methods are about.
const registry = "default"

// Post sends an event of any source to the registry default, from any goroutine.
// An error means that no answer came, or none that could be read.
func (s *Server) Post(ctx context.Context, event any) (status int, answer apiv1.Received, err error) {
	status, err = answered(s.API.Do(ctx, client.Request{Method: http.MethodPost, Path: client.Path("events", registry), Body: event}, &answer))
	return status, answer, err
}

// answered is the status of an answer, be it a success or not.
func answered(status int, err error) (int, error) {
	var refused *client.Error
	if errors.As(err, &refused) {
		return refused.Status, nil
	}
	return status, err
}

// Call makes one request with the admin key from the test's own goroutine: body
// as JSON unless it is nil, the answer's into answer unless that is nil. The test
// fails at once unless the answer has the wanted status.
func (s *Server) Call(want int, method, path string, body, answer any) {
	s.t.Helper()
	status, err := s.API.Do(s.t.Context(), client.Request{Method: method, Path: path, Body: body}, answer)
	if got, unanswered := answered(status, err); unanswered != nil || got != want {
		s.t.Fatalf("server: %s %s: status %d, want %d: %v", method, path, got, want, err)
	}
}

// check fails the test at once if a call failed.
func (s *Server) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("server: %v", err)
	}
}

// Accept sends an event from the test's own goroutine. The test fails at once
// unless the answer is 202.
func (s *Server) Accept(event any) (answer apiv1.Received) {
	s.t.Helper()
	s.Call(http.StatusAccepted, http.MethodPost, client.Path("events", registry), event, &answer)
	return answer
}

// CreateTrigger creates a trigger of the registry default.
func (s *Server) CreateTrigger(settings apiv1.TriggerSettings) apiv1.Trigger {
	s.t.Helper()
	trigger, err := s.API.CreateTrigger(s.t.Context(), registry, settings)
	s.check(err)
	return trigger
}

// Delivery reads one delivery.
func (s *Server) Delivery(id shipbell.DeliveryID) apiv1.DeliveryWithRequest {
	s.t.Helper()
	d, err := s.API.GetDelivery(s.t.Context(), registry, id)
	s.check(err)
	return d
}

// Deliveries lists the deliveries of the registry default that q selects, newest first
// and through all pages.
func (s *Server) Deliveries(q client.DeliveryQuery) (all []apiv1.Delivery) {
	s.t.Helper()
	for d, err := range s.API.Deliveries(s.t.Context(), registry, q) {
		s.check(err)
		all = append(all, d)
	}
	return all
}

// WaitFor asks for the deliveries that q selects until cond is true of them, and
// returns them. The test fails at once if that does not happen within the timeout.
func (s *Server) WaitFor(q client.DeliveryQuery, cond func([]apiv1.Delivery) bool, timeout time.Duration) []apiv1.Delivery {
	s.t.Helper()
	deadline := time.Now().Add(timeout)
	for {
		deliveries := s.Deliveries(q)
		if cond(deliveries) {
			return deliveries
		}
		if time.Now().After(deadline) {
			const most = 20
			for _, d := range deliveries[:min(most, len(deliveries))] {
				s.t.Logf("%s %s %s %s: %s, %d attempts", d.ID, d.TriggerName, d.Action, d.Repository, d.Status, len(d.Attempts))
			}
			s.t.Fatalf("server: not what was awaited after %s, but %d deliveries, of which the first are above", timeout, len(deliveries))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// WaitEnded waits until there are n deliveries and none of them is pending.
func (s *Server) WaitEnded(n int, timeout time.Duration) []apiv1.Delivery {
	s.t.Helper()
	return s.WaitFor(client.DeliveryQuery{}, func(all []apiv1.Delivery) bool { return len(all) == n && AllEnded(all) }, timeout)
}

// AllEnded reports whether none of the deliveries is pending.
func AllEnded(deliveries []apiv1.Delivery) bool {
	return !slices.ContainsFunc(deliveries, func(d apiv1.Delivery) bool { return d.Status == shipbell.Pending })
}
