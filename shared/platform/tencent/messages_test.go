package tencent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
)

// onMessage is the handler of a function that works on messages.
func onMessage(logger *slog.Logger, limit time.Duration, handle func(context.Context, []byte) error) tencent.Handler {
	return tencent.NewHandler(platform.Handlers{Message: handle, Limit: limit, Logger: logger})
}

// TestMessagesPartlyFail works on all messages at once: each waits for the others.
// The failure of some is told to SCF where it brings the event again without harm,
// and logged always.
func TestMessagesPartlyFail(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"envelope.json": "2 of 4 messages failed, as logged", "ckafka.json": ""} {
		var log bytes.Buffer
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
		_, err := handle(t.Context(), event(t, name))
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
		for _, text := range []string{"message=bad", "the store is away", "message=panic", "panic: oh"} {
			if !strings.Contains(log.String(), text) {
				t.Errorf("%s: the log does not tell of %q:\n%s", name, text, &log)
			}
		}
		if n := strings.Count(log.String(), "message failed"); n != 2 {
			t.Errorf("%s: %d failures are logged, want 2:\n%s", name, n, &log)
		}
	}
}

func TestMessagesWithoutFailures(t *testing.T) {
	t.Parallel()
	handle := onMessage(slog.Default(), time.Minute, func(context.Context, []byte) error { return nil })
	for _, text := range []string{string(event(t, "envelope.json")), string(event(t, "ckafka.json")), `{"Records":[]}`, `{"shipbell":"deliver"}`} {
		if got, err := handle(t.Context(), []byte(text)); err != nil || got != nil {
			t.Errorf("%s: got %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "[]", "{}", `{"shipbell":"create-admin-key"}`, `{"messages":["x"]}`, `{"shipbell":"deliver","messages":"x"}`} {
		if _, err := handle(t.Context(), []byte(text)); err == nil {
			t.Errorf("%s gave no error", text)
		}
	}
}

// TestManyMessages has a batch of CKafka take longer than its function may. As many
// as may are worked on at once; those that are begun have their time, and the rest
// is left alone.
func TestManyMessages(t *testing.T) {
	t.Parallel()
	var batch struct{ Records []any }
	const messages = 4 * tencent.AtOnce
	for n := range messages {
		batch.Records = append(batch.Records, map[string]any{"Ckafka": map[string]string{"msgBody": fmt.Sprint(n)}})
	}
	text, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		const limit = 20 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
		defer cancel()
		var begun, now, most atomic.Int64
		var log bytes.Buffer
		handle := onMessage(slog.New(slog.NewTextHandler(&log, nil)), limit, func(ctx context.Context, _ []byte) error {
			begun.Add(1)
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			if deadline, _ := ctx.Deadline(); time.Until(deadline) != limit {
				t.Errorf("a message may take %v, want %v", time.Until(deadline), limit)
			}
			time.Sleep(19 * time.Second)
			return nil
		})
		if _, err := handle(ctx, text); err != nil {
			t.Error(err)
		}
		// The third hundred would begin after 38 s, with 16.5 s left.
		if n, m := begun.Load(), most.Load(); n != 2*tencent.AtOnce || m != tencent.AtOnce {
			t.Errorf("%d messages were begun, %d at once, want %d and %d", n, m, 2*tencent.AtOnce, tencent.AtOnce)
		}
		if n := strings.Count(log.String(), "too little time was left to begin"); n != messages-2*tencent.AtOnce {
			t.Errorf("%d messages were left alone, want %d", n, messages-2*tencent.AtOnce)
		}
	})
}

// TestShortInvocations works on the first messages however short the time is.
func TestShortInvocations(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	handled := 0
	handle := onMessage(slog.Default(), time.Hour, func(context.Context, []byte) error { handled++; return nil })
	if _, err := handle(ctx, []byte(`{"shipbell":"deliver","messages":["x"]}`)); err != nil || handled != 1 {
		t.Errorf("handled %d messages, %v", handled, err)
	}
}

// FuzzQueue: an event is refused, or every message of it is handled once.
func FuzzQueue(f *testing.F) {
	for _, name := range []string{"envelope.json", "ckafka.json", "function-url.json"} {
		f.Add(event(f, name))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var handled atomic.Int64
		_, err := onMessage(slog.New(slog.DiscardHandler), time.Minute, func(context.Context, []byte) error {
			handled.Add(1)
			return nil
		})(t.Context(), text)
		if err != nil && handled.Load() > 0 {
			t.Errorf("%d messages were handled, but %v", handled.Load(), err)
		}
	})
}
