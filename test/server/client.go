package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Trigger is a trigger as the API has it.
type Trigger struct {
	ID      int64    `json:"id,omitempty"`
	Name    string   `json:"name"`
	Enabled *bool    `json:"enabled,omitempty"`
	Actions []string `json:"actions"`
	Rule    Rule     `json:"rule"`
	Targets []Target `json:"targets"`
}

// Rule is the matching part of a trigger.
type Rule struct {
	Namespace  string `json:"namespace"`
	Repository string `json:"repository"`
	Tag        string `json:"tag"`
}

// Target is where a trigger's deliveries go.
type Target struct {
	URL string `json:"url"`
}

// Delivery is a delivery as the API shows it.
type Delivery struct {
	ID            string     `json:"id"`
	Registry      string     `json:"registry"`
	TriggerID     int64      `json:"trigger_id"`
	TriggerName   string     `json:"trigger_name"`
	TargetURL     string     `json:"target_url"`
	Action        string     `json:"action"`
	Repository    string     `json:"repository"`
	Resources     []Resource `json:"resources"`
	Operator      string     `json:"operator"`
	EventID       string     `json:"event_id"`
	Status        string     `json:"status"`
	Reason        string     `json:"reason"`
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
	NextAttemptAt *time.Time `json:"next_attempt_at"`
	Attempts      []Attempt  `json:"attempts"`
}

// Resource is one image or chart of a delivery.
type Resource struct {
	Digest      string `json:"digest"`
	Tag         string `json:"tag"`
	ResourceURL string `json:"resource_url"`
}

// Attempt is one HTTP request made for a delivery.
type Attempt struct {
	Number     int       `json:"number"`
	StartedAt  time.Time `json:"started_at"`
	DurationMS int64     `json:"duration_ms"`
	StatusCode int       `json:"status_code"`
	Error      string    `json:"error"`
	Response   string    `json:"response"`
}

// Answer is what the server answers to events.
type Answer struct {
	Events []struct {
		ID         string   `json:"id"`
		Action     string   `json:"action"`
		Repository string   `json:"repository"`
		Deliveries []string `json:"deliveries"`
	} `json:"events"`
	Ignored []struct {
		EventID string `json:"event_id"`
		Reason  string `json:"reason"`
	} `json:"ignored"`
}

// Post sends an event of any source to the registry default, from any goroutine.
// An error means that no answer came, or none that could be read.
func (s *Server) Post(ctx context.Context, event any) (status int, answer Answer, err error) {
	status, text, err := s.send(ctx, http.MethodPost, "/v1/events/default", event)
	if err == nil && status == http.StatusAccepted {
		err = json.Unmarshal(text, &answer)
	}
	return status, answer, err
}

// Try makes a call that may fail, because the server may be down.
func (s *Server) Try(ctx context.Context, method, path string, body any) (status int, err error) {
	status, _, err = s.send(ctx, method, path, body)
	return status, err
}

// Accept sends an event from the test's own goroutine. The test fails at once
// unless the answer is 202.
func (s *Server) Accept(event any) Answer {
	s.t.Helper()
	var answer Answer
	s.Call(http.StatusAccepted, http.MethodPost, "/v1/events/default", event, &answer)
	return answer
}

// CreateTrigger creates a trigger of the registry default.
func (s *Server) CreateTrigger(trigger Trigger) Trigger {
	s.t.Helper()
	s.Call(http.StatusCreated, http.MethodPost, "/v1/triggers/default", trigger, &trigger)
	return trigger
}

// Deliveries lists the deliveries of the registry default, newest first and
// through all pages. query, such as "status=failed", restricts them.
func (s *Server) Deliveries(query string) []Delivery {
	s.t.Helper()
	var all []Delivery
	for cursor := ""; ; {
		var page struct {
			Deliveries []Delivery `json:"deliveries"`
			NextCursor string     `json:"next_cursor"`
		}
		s.Call(http.StatusOK, http.MethodGet, "/v1/deliveries/default?"+query+"&cursor="+url.QueryEscape(cursor), nil, &page)
		all = append(all, page.Deliveries...)
		if cursor = page.NextCursor; cursor == "" {
			return all
		}
	}
}

// Delivery reads one delivery.
func (s *Server) Delivery(id string) Delivery {
	s.t.Helper()
	var d Delivery
	s.Call(http.StatusOK, http.MethodGet, "/v1/deliveries/default/"+id, nil, &d)
	return d
}

// WaitFor asks for the deliveries until cond is true of them, and returns them.
// The test fails at once if that does not happen within the timeout.
func (s *Server) WaitFor(query string, cond func([]Delivery) bool, timeout time.Duration) []Delivery {
	s.t.Helper()
	deadline := time.Now().Add(timeout)
	for {
		deliveries := s.Deliveries(query)
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
func (s *Server) WaitEnded(n int, timeout time.Duration) []Delivery {
	s.t.Helper()
	return s.WaitFor("", func(deliveries []Delivery) bool { return len(deliveries) == n && AllEnded(deliveries) }, timeout)
}

// AllEnded reports whether none of the deliveries is pending.
func AllEnded(deliveries []Delivery) bool {
	for _, d := range deliveries {
		if d.Status == "pending" {
			return false
		}
	}
	return true
}

// Call makes one request with the admin key from the test's own goroutine: body
// as JSON unless it is nil, the answer's into answer unless that is nil. The test
// fails at once unless the answer has the wanted status.
func (s *Server) Call(want int, method, path string, body, answer any) {
	s.t.Helper()
	status, text, err := s.send(s.t.Context(), method, path, body)
	if err != nil {
		s.t.Fatalf("server: %v", err)
	}
	if status != want {
		s.t.Fatalf("server: %s %s: status %d, want %d: %s", method, path, status, want, text)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(text, answer); err != nil {
		s.t.Fatalf("server: %s %s: read the answer %.200q: %v", method, path, text, err)
	}
}

func (s *Server) send(ctx context.Context, method, path string, body any) (status int, text []byte, err error) {
	var content []byte
	if body != nil {
		if content, err = json.Marshal(body); err != nil {
			return 0, nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, s.URL()+path, bytes.NewReader(content))
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer resp.Body.Close()
	if text, err = io.ReadAll(resp.Body); err != nil {
		return resp.StatusCode, nil, fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return resp.StatusCode, text, nil
}
