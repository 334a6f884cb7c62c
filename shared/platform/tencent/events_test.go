package tencent_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
)

// onEvent is the handler of a function that takes events of EventBridge.
func onEvent(h http.Handler, take func(context.Context, []byte) error) tencent.Handler {
	return tencent.NewHandler(platform.Handlers{HTTP: h, Event: take})
}

// TestEvents hands what EventBridge sends on as it came, and nothing else.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		event, err string
		taken      bool
	}{
		{event: string(event(t, "eventbridge.json")), taken: true},
		{event: string(event(t, "eventlist.json")), taken: true},
		{event: `{"EventList":[{"data":"away"},{"data":"x"}]}`, taken: true, err: "the store is away"},
		{event: `{"EventList":[]}`, err: "the event is neither an HTTP request nor one of EventBridge"},
		{event: `{}`, err: "the event is neither an HTTP request nor one of EventBridge"},
		{event: `{"EventList":{}}`, err: "read the event: "},
	} {
		var got string
		_, err := onEvent(nil, func(_ context.Context, event []byte) error {
			if got = string(event); strings.Contains(got, "away") {
				return errors.New("the store is away")
			}
			return nil
		})(t.Context(), []byte(test.event))
		if want := map[bool]string{true: test.event}[test.taken]; got != want {
			t.Errorf("took %q, want %q", got, want)
		}
		if (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
			t.Errorf("%s: %v, want %q", test.event, err, test.err)
		}
	}
}

// FuzzEvents: an event is refused, or it is either answered as a request or taken.
func FuzzEvents(f *testing.F) {
	for _, name := range []string{"eventbridge.json", "eventlist.json", "function-url.json"} {
		f.Add(event(f, name))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		taken := 0
		answer, err := onEvent(http.NotFoundHandler(), func(context.Context, []byte) error { taken++; return nil })(t.Context(), text)
		if overHTTP := answer != nil; err == nil && overHTTP == (taken > 0) {
			t.Errorf("%d events were taken, and the answer is %s", taken, answer)
		}
	})
}
