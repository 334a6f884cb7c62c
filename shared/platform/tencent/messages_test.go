package tencent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/test/redis"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// waiting is a queue in which a message of each body waits, and whose invocations are lost.
func waiting(t *testing.T, bodies ...string) platform.Queue {
	t.Helper()
	q := openQueue(t, tencentapi.Start(t, role, func(tencentapi.Call) error { return nil }), redis.Start(t).URL())
	for _, body := range bodies {
		if err := q.Send(t.Context(), platform.Message{Group: body, Body: []byte(body)})[0]; err != nil {
			t.Fatal(err)
		}
	}
	return q
}

// TestMessagesPartlyFail works on all messages at once: each waits for the others. Those
// that fail are logged, and are no failure of the invocation: sweep finds what they were
// about.
func TestMessagesPartlyFail(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var all sync.WaitGroup
	all.Add(4)
	handle := tencent.NewHandler(platform.Handlers{
		Queue: waiting(t, "good 1", "bad", "panic", "good 2"), Limit: time.Minute, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Message: func(_ context.Context, body []byte) error {
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
		},
	})
	if answer, err := handle(t.Context(), event(t, "envelope.json")); err != nil || answer != nil {
		t.Errorf("the invocation gave %s, %v", answer, err)
	}
	for _, text := range []string{"message=bad", "the store is away", "message=panic", "panic: oh"} {
		if !strings.Contains(log.String(), text) {
			t.Errorf("the log does not tell of %q:\n%s", text, &log)
		}
	}
	if n := strings.Count(log.String(), "message failed"); n != 2 {
		t.Errorf("%d failures are logged, want 2:\n%s", n, &log)
	}
}

// TestInvocationWithoutTime takes no message that it could not finish, and says what is
// too short.
func TestInvocationWithoutTime(t *testing.T) {
	t.Parallel()
	q, handled := waiting(t, "one"), atomic.Int64{}
	handle := tencent.NewHandler(platform.Handlers{
		Queue: q, Limit: time.Minute, Needs: 25 * time.Second, Logger: slog.New(slog.DiscardHandler),
		Message: func(context.Context, []byte) error { handled.Add(1); return nil },
	})
	for _, tc := range []struct {
		limit   time.Duration
		want    string
		handled int64
	}{
		{20 * time.Second, "a message needs up to 26s", 0},
		{40 * time.Second, "", 1},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), tc.limit)
		_, err := handle(ctx, event(t, "envelope.json"))
		cancel()
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("with %v: %v, want %q", tc.limit, err, tc.want)
		}
		if n := handled.Load(); n != tc.handled {
			t.Errorf("with %v: %d messages were handled, want %d", tc.limit, n, tc.handled)
		}
	}
}

// TestOldEnvelope takes the event of an older version, whose messages sweep finds, and
// works on what waits.
func TestOldEnvelope(t *testing.T) {
	t.Parallel()
	var got []string
	handle := tencent.NewHandler(platform.Handlers{
		Queue: waiting(t, "new"), Limit: time.Minute, Logger: slog.New(slog.DiscardHandler),
		Message: func(_ context.Context, body []byte) error { got = append(got, string(body)); return nil },
	})
	if _, err := handle(t.Context(), []byte(`{"shipbell":"deliver","messages":["old"]}`)); err != nil || len(got) != 1 || got[0] != "new" {
		t.Errorf("handled %q, %v", got, err)
	}
}

// TestSweepWakes has the timer's function invoke deliver if messages wait that nobody
// works on, whatever becomes of its own work.
func TestSweepWakes(t *testing.T) {
	t.Parallel()
	server := redis.Start(t)
	refused := &tencentapi.Failure{Code: "RequestLimitExceeded", Message: "slower"}
	fault := error(refused)
	var calls []tencentapi.Call
	q := openQueue(t, tencentapi.Start(t, role, func(call tencentapi.Call) error {
		if fault == nil {
			calls = append(calls, call)
		}
		return fault
	}), server.URL())
	sweep := tencent.NewHandler(platform.Handlers{Queue: q, Timer: func(context.Context) error { return errors.New("one registry failed") }})
	if _, err := sweep(t.Context(), []byte("{}")); err == nil || err.Error() != "one registry failed" {
		t.Errorf("with nothing to do: %v", err)
	}
	if err := q.Send(t.Context(), platform.Message{Group: "g", Body: []byte("one")})[0]; err == nil {
		t.Error("the API refused, and the message has no error")
	}
	if _, err := sweep(t.Context(), []byte("{}")); err == nil || !strings.Contains(err.Error(), "RequestLimitExceeded") || !strings.Contains(err.Error(), "one registry failed") {
		t.Errorf("while the API refuses: %v", err)
	}
	fault = nil
	if _, err := sweep(t.Context(), []byte("{}")); err == nil || len(calls) != 1 {
		t.Errorf("%v, %d invocations, want 1", err, len(calls))
	}
}

// FuzzEnvelope: an event is refused, or it is an invocation of deliver and no request.
func FuzzEnvelope(f *testing.F) {
	for _, name := range []string{"envelope.json", "function-url.json"} {
		f.Add(event(f, name))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := tencent.ReadEnvelope(text)
		if _, refused := tencent.NewHandler(platform.Handlers{Message: func(context.Context, []byte) error { return nil }})(t.Context(), text); refused == nil {
			t.Error("a function without a queue took an event")
		}
		if err == nil && !bytes.Contains(bytes.ToLower(text), []byte("shipbell")) {
			t.Errorf("%s was taken", text)
		}
	})
}
