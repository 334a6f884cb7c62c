package writeunits_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/functions/logs"
	"github.com/shipbell/shipbell/functions/receive"
	"github.com/shipbell/shipbell/functions/sweep"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/shared/store/stats"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/emulators"
	"github.com/shipbell/shipbell/test/sink"
)

func TestMain(m *testing.M) { os.Exit(sink.OffLoopback(m)) }

// stack is Shipbell's functions over emulators of AWS, without Lambda.
type stack struct {
	meter   *meter
	env     map[string]string
	queue   *sqs.Client
	key     string
	receive http.Handler
	event   func(context.Context, []byte) error
	deliver func(context.Context, []byte) error
	logs    http.Handler
}

func start(t *testing.T, target string) *stack {
	t.Helper()
	e := emulators.Start(t)
	m, address := startMeter(t, e.DynamoDB)
	s := &stack{meter: m, queue: e.SQSClient(), env: map[string]string{
		"SHIPBELL_TABLE": e.NewTable(t), "SHIPBELL_QUEUE_URL": e.NewQueue(t, "30"), "SHIPBELL_SLOW_QUEUE_URL": e.NewQueue(t, "30"), "SHIPBELL_SEAL_KEY": "env:" + access.NewSealKey(),
		"SHIPBELL_ALLOW_TARGETS": sink.Network(),
	}}
	for _, pair := range e.Env() {
		name, value, _ := strings.Cut(pair, "=")
		s.env[name] = value
	}
	s.env["AWS_ENDPOINT_URL_DYNAMODB"] = address
	receiving := receive.Build(s.open(t, setup.Receive))
	s.receive, s.event = receiving.HTTP, receiving.Event
	s.deliver = deliver.Build(s.open(t, setup.Deliver)).Message
	s.logs = logs.Build(s.open(t, setup.Logs)).HTTP
	s.key = clouds.Fill(t, s.open(t, setup.Triggers).Store, target)
	return s
}

func (s *stack) open(t *testing.T, f setup.Function) *setup.Base {
	t.Helper()
	b, err := setup.Open(t.Context(), f, aws.Open, func(name string) string { return s.env[name] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (s *stack) call(t *testing.T, h http.Handler, method, path, body string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.String()
}

// drain handles the messages that are in the queue, and then in that for targets that are
// not known to answer quickly.
func (s *stack) drain(t *testing.T) (messages int) {
	t.Helper()
	return s.drainOne(t, s.env["SHIPBELL_QUEUE_URL"]) + s.drainOne(t, s.env["SHIPBELL_SLOW_QUEUE_URL"])
}

func (s *stack) drainOne(t *testing.T, url string) (messages int) {
	t.Helper()
	for {
		got, err := s.queue.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Messages) == 0 {
			return messages
		}
		for _, m := range got.Messages {
			messages++
			if err := s.deliver(t.Context(), []byte(awssdk.ToString(m.Body))); err != nil {
				t.Fatal(err)
			}
			if _, err := s.queue.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func ecrEvent(n int) string {
	return fmt.Sprintf(`{"version":"0","id":"4f7a1c1e-4f4c-4e6b-9a5f-%012d","detail-type":"ECR Image Action","source":"aws.ecr","time":%q,"detail":{"result":"SUCCESS","repository-name":"team/app","image-digest":"sha256:%064d","action-type":"PUSH","image-tag":"v%d"}}`, n, time.Now().Format(time.RFC3339), n, n)
}

// TestWriteUnits counts what one event costs that has one delivery, which
// succeeds at once: five units, and what its source needs in the catalog.
func TestWriteUnits(t *testing.T) {
	target := sink.Start(t)
	s := start(t, target.URL()+"/hook")
	byHTTP := func(event string) { s.call(t, s.receive, "POST", "/v1/events/default", event) }
	in := s.open(t, setup.Sweep) // its announcement saves deliveries their due times
	if err := sweep.New(sweep.Deps{Store: in.Store, Queue: in.Queue, Now: in.Now, Logger: in.Logger})(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what  string
		send  func(n int)
		units int
	}{
		{"tcr: complete events", func(n int) { byHTTP(string(clouds.Pushed(fmt.Sprintf("v1.10.%d", n)))) }, 6},
		{"distribution: a new tag and digest to remember", func(n int) { byHTTP(string(clouds.Notified(n))) }, 7},
		{"ecr: a new tag and digest to remember", func(n int) {
			if err := s.event(t.Context(), []byte(ecrEvent(n))); err != nil {
				t.Fatal(err)
			}
		}, 7},
	} {
		test.send(1) // the repository's first event teaches when it was first seen
		s.drain(t)
		before := len(target.Requests())
		s.meter.take()
		test.send(2)
		messages := s.drain(t)
		took := s.meter.take()
		t.Logf("%-48s %d write units, %.2f read units, %d message, requests %v", test.what, took.writes, took.reads, messages, took.by)
		if took.writes != test.units || messages != 1 || len(target.Requests()) != before+1 {
			t.Errorf("%s: %d write units, %d messages, %d requests to the target; want %d, 1, 1", test.what, took.writes, messages, len(target.Requests())-before, test.units)
		}
		// The same event again writes no more than its receipt, in vain, and the rows.
		test.send(2)
		if again := s.drain(t); again != 0 {
			t.Errorf("%s: sent again it made %d messages", test.what, again)
		}
	}
	if text := s.call(t, s.logs, "GET", "/v1/deliveries/default?status=succeeded", ""); strings.Count(text, `"status":"succeeded"`) != 6 {
		t.Errorf("the log does not show six deliveries:\n%s", text)
	}
}

// TestIgnoredUnits counts what the events beside an event cost, such as those of
// the blobs of an image: next to nothing.
func TestIgnoredUnits(t *testing.T) {
	s := start(t, "http://127.0.0.1:1/hook")
	s.call(t, s.receive, "POST", "/v1/events/default", `{"events":[]}`) // reads what is kept in memory
	s.meter.take()
	for n := range 20 {
		s.call(t, s.receive, "POST", "/v1/events/default", fmt.Sprintf(`{"events":[{"id":"blob-%d","action":"push","target":{"mediaType":"application/octet-stream","digest":"sha256:%064d","repository":"public/app"}}]}`, n, n))
	}
	if took := s.meter.take(); took.writes > 2 {
		t.Errorf("20 blobs: %d write units, requests %v, want one or two", took.writes, took.by)
	}
}

// TestSweepUnits counts what it costs to look at deliveries once and to count them:
// two units for all that have come since the last time, or three when an hour has
// ended meanwhile. Every second call also writes the clock of sweep.
func TestSweepUnits(t *testing.T) {
	target := sink.Start(t)
	s := start(t, target.URL()+"/hook")
	for n := range 20 {
		s.call(t, s.receive, "POST", "/v1/events/default", string(clouds.Pushed(fmt.Sprintf("v1.10.%d", n))))
		if n == 0 {
			s.drain(t) // teaches that the target answers quickly
		}
	}
	s.drain(t)
	in := s.open(t, setup.Sweep)
	minutes := 1
	later := func() time.Time { return in.Now().Add(time.Duration(minutes) * time.Minute) }
	looks := sweep.New(sweep.Deps{Store: in.Store, Queue: in.Queue, Now: later, Logger: in.Logger})
	for round, most := range []int{4, 2, 2, 2} {
		minutes++
		s.meter.take()
		if err := looks(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := s.meter.take(); took.writes > most {
			t.Errorf("round %d: %d write units, requests %v, want at most %d", round, took.writes, took.by, most)
		}
	}
	hour, err := stats.New(in.Store).Stats(t.Context(), "default", in.Now().Add(-time.Hour), in.Now())
	if err != nil || hour.Total() != (stats.Counts{Succeeded: 20}) {
		t.Errorf("the statistics have %+v, %v", hour.Total(), err)
	}
}

// TestVariables proves that a function reads the variables that it is said to
// read and no other.
func TestVariables(t *testing.T) {
	for _, f := range []setup.Function{setup.Receive, setup.Deliver, setup.Sweep, setup.Triggers, setup.Logs} {
		var read []string
		env := map[string]string{
			"SHIPBELL_TABLE": "t", "SHIPBELL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/q", "SHIPBELL_SLOW_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/slow", "SHIPBELL_SEAL_KEY": access.NewSealKey(),
			"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
		}
		_, err := setup.Open(t.Context(), f, aws.Open, func(name string) string {
			if strings.HasPrefix(name, "SHIPBELL_") {
				read = append(read, name)
			}
			return env[name]
		}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		read = slices.Compact(slices.Sorted(slices.Values(read)))
		want := aws.Variables(f.Needs())
		for _, one := range new(setup.Settings).For(f) {
			want = append(want, one.Variable())
		}
		slices.Sort(want)
		if !slices.Equal(read, want) {
			t.Errorf("%s reads %q, and says %q", f, read, want)
		}
	}
}
