package aws_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
)

func event(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// seen is what a handler saw of a request.
type seen struct {
	Method, Path, EscapedPath, Query, Host, RemoteAddr, URI string
	Header                                                  http.Header
	Cookies                                                 int
	Length                                                  int64
	Body                                                    []byte
}

func see(r *http.Request) seen {
	body, _ := io.ReadAll(r.Body)
	return seen{
		r.Method, r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery, r.Host, r.RemoteAddr, r.RequestURI, r.Header,
		len(r.Cookies()), r.ContentLength, body,
	}
}

func TestRequests(t *testing.T) {
	for _, test := range []struct {
		event string
		want  seen
	}{
		{"http-api.json", seen{
			Method: "POST", Path: "/v1/events/default", EscapedPath: "/v1/events/default", Query: "source=tcr&x=a%20b&x=c",
			Host: "abc123.execute-api.us-east-1.amazonaws.com", RemoteAddr: "198.51.100.7:0", URI: "/v1/events/default?source=tcr&x=a%20b&x=c",
			Cookies: 2, Length: 13, Body: []byte(`{"type":"é"}`),
			Header: http.Header{
				"Accept": {"*/*"}, "Authorization": {"Bearer ak1:secret"}, "Content-Length": {"13"}, "Content-Type": {"application/json"},
				"X-Forwarded-For": {"203.0.113.9, 198.51.100.7"}, "X-Repeated": {"one,two"}, "Cookie": {"session=1; theme=dark"},
			},
		}},
		{"function-url.json", seen{
			Method: "PUT", Path: "/v1/a/b/c d", EscapedPath: "/v1/a%2Fb/c%20d", Host: "abc.lambda-url.us-east-1.on.aws",
			RemoteAddr: "[2001:db8::1]:0", URI: "/v1/a%2Fb/c%20d", Length: 3, Body: []byte{0, 1, 0xff},
			Header: http.Header{"Content-Type": {"application/octet-stream"}, "X-Amzn-Trace-Id": {"Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e"}},
		}},
	} {
		var got seen
		handle := aws.NewHandler(platform.Handlers{HTTP: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = see(r) })})
		if _, err := handle(t.Context(), event(t, test.event)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.event, diff)
		}
	}
}

// answer is what AWS reads of an answer.
type answer struct {
	StatusCode      int
	Headers         map[string]string
	Cookies         []string
	Body            string
	IsBase64Encoded bool
}

func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		name   string
		handle http.HandlerFunc
		want   answer
	}{
		{"repeated headers and cookies", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("Vary", "a")
			w.Header().Add("Vary", "b")
			http.SetCookie(w, &http.Cookie{Name: "c", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "d", Value: "2"})
			io.WriteString(w, "text")
		}, answer{StatusCode: 200, Headers: map[string]string{"Vary": "a, b", "Content-Type": "text/plain; charset=utf-8"}, Cookies: []string{"c=1", "d=2"}, Body: "text"}},
		{"bytes", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			w.Write([]byte{0, 1, 0xff})
		}, answer{StatusCode: 200, Headers: map[string]string{"Content-Type": "image/png"}, Body: "AAH/", IsBase64Encoded: true}},
	} {
		data, err := aws.NewHandler(platform.Handlers{HTTP: test.handle})(t.Context(), event(t, "http-api.json"))
		if err != nil {
			t.Fatal(err)
		}
		var got answer
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"version":"1.0","httpMethod":"GET"}`, `{"version":"2.0","requestContext":{}}`,
		`{"version":"2.0","requestContext":{"http":{"method":"GET"}},"body":"?","isBase64Encoded":true}`} {
		handle := aws.NewHandler(platform.Handlers{HTTP: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s reached the handler", text) })})
		if _, err := handle(t.Context(), []byte(text)); err == nil {
			t.Errorf("%s gave no error", text)
		}
	}
}

func TestEventsAreToldApart(t *testing.T) {
	var got string
	failing := errors.New("the store is away")
	handle := aws.NewHandler(platform.Handlers{
		HTTP: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got = "http" }),
		Event: func(_ context.Context, event []byte) error {
			got = "event"
			if !bytes.Contains(event, []byte(`"ECR Image Action"`)) {
				return failing
			}
			return nil
		},
	})
	for _, test := range []struct {
		event []byte
		want  string
		err   error
	}{
		{event(t, "http-api.json"), "http", nil},
		{event(t, "function-url.json"), "http", nil},
		{event(t, "eventbridge.json"), "event", nil},
		{[]byte(`{"detail-type":"Scheduled Event"}`), "event", failing},
	} {
		got = ""
		if _, err := handle(t.Context(), test.event); got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%.60s: went to %q (%v), want %q", test.event, got, err, test.want)
		}
	}
	for _, text := range []string{"", "{}", `{"Records":[]}`, "[]"} {
		if _, err := handle(t.Context(), []byte(text)); err == nil {
			t.Errorf("%s gave no error", text)
		}
	}
}

// onMessage is the handler of a function that works on messages.
func onMessage(logger *slog.Logger, limit time.Duration, handle func(context.Context, []byte) error) func(context.Context, []byte) ([]byte, error) {
	return aws.NewHandler(platform.Handlers{Message: handle, Limit: limit, Logger: logger})
}

func TestBatchesPartlyFail(t *testing.T) {
	var log bytes.Buffer
	// All are worked on at once: each waits for the others.
	var all sync.WaitGroup
	all.Add(4)
	handle := onMessage(slog.New(slog.NewTextHandler(&log, nil)), time.Minute, func(_ context.Context, body []byte) error {
		all.Done()
		all.Wait()
		switch {
		case string(body) == "bad":
			return errors.New("the store is away")
		case string(body) == "panic":
			panic("oh")
		case !strings.HasPrefix(string(body), "good"):
			return fmt.Errorf("body %q", body)
		}
		return nil
	})
	got, err := handle(t.Context(), event(t, "sqs.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"batchItemFailures":[{"itemIdentifier":"2e1424d4-f796-459a-8184-9c92662be6da"},{"itemIdentifier":"3c1b5c3a-0000-4000-8000-000000000003"}]}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, text := range []string{"the store is away", "panic: oh", "3c1b5c3a-0000-4000-8000-000000000003"} {
		if !strings.Contains(log.String(), text) {
			t.Errorf("the log does not tell of %q:\n%s", text, &log)
		}
	}
}

func TestBatchesWithoutFailures(t *testing.T) {
	handle := onMessage(slog.Default(), time.Minute, func(context.Context, []byte) error { return nil })
	for _, batch := range []string{string(event(t, "sqs.json")), `{"Records":[]}`} {
		// An answer without the list would fail the whole batch.
		if got, err := handle(t.Context(), []byte(batch)); err != nil || string(got) != `{"batchItemFailures":[]}` {
			t.Errorf("got %s, %v", got, err)
		}
	}
	if _, err := handle(t.Context(), []byte("{")); err == nil {
		t.Error("what is no batch gave no error")
	}
}

// TestTimeIsKept: work ends before Lambda ends the process, and a message's
// before its limit.
func TestTimeIsKept(t *testing.T) {
	began := time.Now()
	ctx, cancel := context.WithDeadline(t.Context(), began.Add(time.Minute))
	defer cancel()
	left := func(ctx context.Context) time.Duration {
		at, ok := ctx.Deadline()
		if !ok {
			t.Error("there is no deadline")
		}
		return at.Sub(began)
	}
	var got []time.Duration
	note := func(ctx context.Context) error { got = append(got, left(ctx)); return nil }
	noteMessage := func(ctx context.Context, _ []byte) error { return note(ctx) }
	message := []byte(`{"Records":[{"messageId":"1","body":"x"}]}`)
	web := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = note(r.Context()) })
	for _, call := range []struct {
		handlers platform.Handlers
		event    []byte
	}{
		{platform.Handlers{Timer: note}, nil},
		{platform.Handlers{Message: noteMessage, Limit: time.Hour}, message},
		{platform.Handlers{Message: noteMessage, Limit: 10 * time.Second}, message},
		{platform.Handlers{HTTP: web}, event(t, "http-api.json")},
		{platform.Handlers{Event: noteMessage}, event(t, "eventbridge.json")},
		{platform.Handlers{Direct: func(ctx context.Context, _ []byte) ([]byte, error) { return nil, note(ctx) }}, []byte("{}")},
	} {
		if _, err := aws.NewHandler(call.handlers)(ctx, call.event); err != nil {
			t.Fatal(err)
		}
	}
	soon := 59500 * time.Millisecond
	// The limit of a message counts from when its batch came.
	if limit := got[2]; limit < 10*time.Second || limit > 40*time.Second {
		t.Errorf("a message with a limit of 10 s may take %v", limit)
	}
	got[2] = soon
	if diff := cmp.Diff([]time.Duration{soon, soon, soon, soon, soon, soon}, got); diff != "" {
		t.Errorf("time left (-want +got):\n%s", diff)
	}
	failing := errors.New("no")
	if _, err := aws.NewHandler(platform.Handlers{Timer: func(context.Context) error { return failing }})(t.Context(), nil); err != failing {
		t.Errorf("the timer's handler gave %v", err)
	}
}

// TestDirect hands requests to the HTTP handler, whatever they hold, and only the rest
// to the handler of direct invocations.
func TestDirect(t *testing.T) {
	handle := aws.NewHandler(platform.Handlers{
		HTTP:   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }),
		Direct: func(_ context.Context, event []byte) ([]byte, error) { return append([]byte("direct "), event...), nil },
	})
	for event, want := range map[string]string{
		`{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`:                               `"statusCode":418`,
		`{"version":"2.0","rawPath":"/","shipbell":"create-admin-key","requestContext":{"http":{"method":"GET"}}}`: `"statusCode":418`,
		`{"shipbell":"create-admin-key"}`: `direct {"shipbell":"create-admin-key"}`,
	} {
		if got, err := handle(t.Context(), []byte(event)); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: got %s, %v, want %s", event, got, err, want)
		}
	}
	if _, err := handle(t.Context(), []byte("{")); err == nil {
		t.Error("what is not JSON was taken")
	}
}
