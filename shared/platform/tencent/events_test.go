package tencent_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
)

// onEvent is the handler of a function that takes events of EventBridge.
func onEvent(h http.Handler, take func(context.Context, []byte) error) tencent.Handler {
	return tencent.NewHandler(platform.Handlers{HTTP: h, Event: take})
}

func TestDataOfEvents(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		event string
		want  []string
		err   string
	}{
		{event: string(event(t, "eventbridge.json")), want: []string{`{"n": 1}`}},
		{event: string(event(t, "eventlist.json")), want: []string{`{"n": 1}`, `{"n": 2}`, `{"n": 3}`, `[{"n": 4}]`}},
		{event: `{"specversion":"1.0"}`, err: "event 1 of 1: it has no data"},
		{event: `{"specversion":"1.0","data":null}`, err: "event 1 of 1: it has no data"},
		{event: `{"EventList":[{"data_base64":"?"},{"data":"x"}]}`, want: []string{"x"}, err: "event 1 of 2: read data_base64: "},
		{event: `{"EventList":[{"data":"away"},{"data":"x"}]}`, want: []string{"away", "x"}, err: "event 1 of 2: the store is away"},
		{event: `{"EventList":[]}`, err: "the event is neither an HTTP request nor one of EventBridge"},
		{event: `{}`, err: "the event is neither an HTTP request nor one of EventBridge"},
		{event: `{"EventList":{}}`, err: "read the event: "},
	} {
		var got []string
		_, err := onEvent(nil, func(_ context.Context, data []byte) error {
			got = append(got, string(data))
			if string(data) == "away" {
				return errors.New("the store is away")
			}
			return nil
		})(t.Context(), []byte(test.event))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.event, diff)
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
