package sink_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/test/sink"
)

const (
	soon    = 10 * time.Second
	tcrBody = `{"type":"pushImage","occur_at":1589106605,
 "event_data":{"resources":[{"digest":"sha256:ab","tag":"v1","resource_url":"reg.example.com/public/nginx:v1"}],
  "repository":{"date_created":1587119137,"name":"nginx","namespace":"public","repo_full_name":"public/nginx","repo_type":"public"}},
 "operator":"alice"}`
)

// post sends one request and returns the status and the answer's body.
func post(ctx context.Context, url, body string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("webhook-id", "id-1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

func mustPost(t *testing.T, url, body string) (int, string) {
	t.Helper()
	status, answer, err := post(t.Context(), url, body)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

func TestOtherBodiesAreNotTCR(t *testing.T) {
	t.Parallel()
	s := sink.Start(t)
	bodies := []string{"", "text", `{"specversion":"1.0","type":"pushImage","data":{}}`, `[]`}
	for _, body := range bodies {
		mustPost(t, s.URL(), body)
	}
	for _, r := range s.Requests() {
		if diff := cmp.Diff(sink.TCR{}, r.TCR); diff != "" {
			t.Errorf("%q was read as a TCR body: %s", r.Body, diff)
		}
	}
}

func TestHangUntilReleased(t *testing.T) {
	t.Parallel()
	s := sink.Start(t)
	s.Hang()
	const n = 3
	answers := make(chan error, n)
	for range n {
		go func() {
			_, _, err := post(t.Context(), s.URL(), "x")
			answers <- err
		}()
	}
	s.Wait(t, n, soon)
	if got := s.InFlight(); got != n {
		t.Errorf("in flight while hanging = %d, want %d", got, n)
	}
	s.Release()
	for range n {
		if err := <-answers; err != nil {
			t.Errorf("after release: %v", err)
		}
	}
	s.WaitIdle(t, soon)
	mustPost(t, s.URL(), "x")
	if got := s.MaxInFlight(); got != n {
		t.Errorf("most in flight = %d, want %d", got, n)
	}
}

// failure takes down why a test fails instead of failing.
type failure struct {
	testing.TB
	message string
}

func (f *failure) Helper() {}

func (f *failure) Fatalf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
}

func TestWaitTellsWhatCame(t *testing.T) {
	t.Parallel()
	s := sink.Start(t)
	mustPost(t, s.URL()+"/hook", tcrBody)
	f := &failure{TB: t}
	s.Wait(f, 2, time.Millisecond)
	if want := `POST /hook id="id-1" pushImage reg.example.com/public/nginx:v1`; !strings.Contains(f.message, want) {
		t.Errorf("failed with %q, want the line %q in it", f.message, want)
	}
	f = &failure{TB: t}
	s.WaitFor(f, func([]*sink.Received) bool { return false }, time.Millisecond)
	if !strings.Contains(f.message, "not what was awaited") {
		t.Errorf("failed with %q", f.message)
	}
}
