package deliver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/deliver"
	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/measured"
)

// seconds keeps the observations of one metric.
type seconds struct {
	of  metrics.Metric
	all []float64
}

// Take implements metrics.Sink.
func (s *seconds) Take(series metrics.Series, value float64) {
	if series.Metric == s.of {
		s.all = append(s.all, value)
	}
}

// TestAttemptsAreMeasured measures how late attempts begin: the first after the receipt,
// the next ones after they were due; and the time to the success.
func TestAttemptsAreMeasured(t *testing.T) {
	t.Parallel()
	for metric, want := range map[metrics.Metric][]float64{
		metrics.FirstAttemptDelay: {2},
		metrics.RetryLateness:     {3},
		metrics.EndToEnd:          {2 + 10 + 3},
		metrics.AttemptSeconds:    {1, 1},
	} {
		inBubble(t, func(t *testing.T, b *bench) {
			sink := &seconds{of: metric}
			b.deps.Metrics = metrics.New(sink)
			fails := true
			b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
				if fails {
					fails = false
					return shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Duration: time.Second}
				}
				return shipbell.Outcome{StatusCode: 200, Duration: time.Second}
			}
			b.deps.Schedule = shipbell.Schedule{10 * time.Second}
			deliverer := deliver.New(b.deps)
			d := b.accept()[0]
			handle := func() {
				if err := deliverer.Message(t.Context(), b.message(&d)); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(2 * time.Second)
			handle()
			handle() // it is not due: nothing is measured
			time.Sleep(13 * time.Second)
			handle()
			handle() // it has ended
			if diff := cmp.Diff(want, sink.all); diff != "" {
				t.Errorf("%s (-want +got):\n%s", metrics.Vocabulary()[metric].Name, diff)
			}
		})
	}
}

// TestCircuitChangesAreMeasured lets a target time out until its circuit opens, then fail
// a probe, then answer one.
func TestCircuitChangesAreMeasured(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		sink, recorder := measured.New()
		b.deps.Metrics = recorder
		answers := false
		b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
			if answers {
				return shipbell.Outcome{StatusCode: 200}
			}
			return shipbell.Outcome{Error: text.New(text.TimeoutTotal)}
		}
		deliverer := deliver.New(b.deps)
		attempt := func() {
			d := b.accept()[0]
			if err := deliverer.Message(t.Context(), b.message(&d)); err != nil {
				t.Fatal(err)
			}
		}
		for range 8 { // the fifth opens it, the others are held
			attempt()
		}
		time.Sleep(time.Minute)
		attempt()
		answers = true
		time.Sleep(2 * time.Minute)
		attempt()
		want := measured.Values{"CircuitsOpened": 1, "CircuitsReopened": 1, "CircuitsClosed": 1}
		got := sink.Values()
		for name := range got {
			if want[name] == 0 {
				delete(got, name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestPauseIsTold warns three times before a target is paused, in the log and the metrics.
func TestPauseIsTold(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		sink, recorder := measured.New()
		var lines bytes.Buffer
		b.deps.Metrics, b.deps.Logger = recorder, slog.New(slog.NewJSONHandler(&lines, nil))
		changed := b.trigger.Clone()
		changed.Targets[0].AutoPause = "1h"
		if _, err := b.store.ReplaceTrigger(t.Context(), changed); err != nil {
			t.Fatal(err)
		}
		b.sender = func(*shipbell.Delivery, shipbell.Target, int) shipbell.Outcome {
			return shipbell.Outcome{Error: text.New(text.TimeoutTotal)}
		}
		deliverer := deliver.New(b.deps)
		for range 30 {
			d := b.accept()[0]
			if err := deliverer.Message(t.Context(), b.message(&d)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Minute)
		}
		told := map[string]int{}
		for line := range strings.Lines(lines.String()) {
			var one struct {
				Msg     string
				Percent int
			}
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatal(err)
			}
			if one.Percent > 0 {
				told[fmt.Sprint(one.Msg, " ", one.Percent)]++
			}
		}
		if diff := cmp.Diff(map[string]int{"target will be paused 50": 1, "target will be paused 70": 1, "target will be paused 90": 1, "target paused 100": 1}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if got := sink.Values(); got["CircuitsPauseNear"] != 3 || got["CircuitsPaused"] != 1 {
			t.Errorf("measured %v", got)
		}
	})
}
