package tencent_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
)

// TestInvocationsEnd calls Done once at the end of each invocation, also of one that
// failed.
func TestInvocationsEnd(t *testing.T) {
	t.Parallel()
	worked, done := 0, 0
	work := func(context.Context) error { worked++; return errors.New("it failed") }
	for name, test := range map[string]struct {
		event    string
		handlers platform.Handlers
	}{
		"http":    {`{"httpMethod":"GET","path":"/"}`, platform.Handlers{HTTP: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = work(r.Context()) })}},
		"timer":   {"{}", platform.Handlers{Timer: work}},
		"event":   {`{"specversion":"1.0","data":{}}`, platform.Handlers{Event: func(ctx context.Context, _ []byte) error { return work(ctx) }}},
		"message": {`{"shipbell":"deliver"}`, platform.Handlers{Queue: waiting(t, "x"), Message: func(ctx context.Context, _ []byte) error { return work(ctx) }, Limit: time.Minute, Logger: slog.New(slog.DiscardHandler)}},
	} {
		worked, done = 0, 0
		test.handlers.Done = func() {
			if done++; worked != 1 {
				t.Errorf("%s: ended before the work", name)
			}
		}
		_, _ = tencent.NewHandler(test.handlers)(t.Context(), []byte(test.event))
		if done != 1 {
			t.Errorf("%s: ended %d times", name, done)
		}
	}
}
