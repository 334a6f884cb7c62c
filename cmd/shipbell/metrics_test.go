package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func page(m *measurements) string {
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// TestEveryCounterBeginsAtZero serves the series of all counters before anything
// happened, so that the first failure is a rise.
func TestEveryCounterBeginsAtZero(t *testing.T) {
	t.Parallel()
	text := page(newPrometheus(time.Now))
	for _, want := range []string{
		`shipbell_events_total{result="failed",source="unknown"} 0`, `shipbell_events_total{result="matched",source="distribution"} 0`,
		`shipbell_deliveries_total{status="failed"} 0`, `shipbell_attempts_total{outcome="timeout"} 0`, `shipbell_circuits_total{change="opened"} 0`,
		`shipbell_sweeps_total{end="unfinished"} 0`, "shipbell_store_errors_total 0", "go_goroutines ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %s", want)
		}
	}
}

// TestPeakShows keeps the highest age of the last two minutes in sight: sweep looks at an
// overdue delivery once a minute, and runs each second.
func TestPeakShows(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	m := newPrometheus(func() time.Time { return now })
	recorder := metrics.New(m)
	for _, step := range []struct {
		after    time.Duration
		measured time.Duration
		want     string
	}{
		{0, 0, "0"}, {time.Second, 90 * time.Second, "90"}, {time.Second, 0, "90"}, {time.Minute, 150 * time.Second, "150"},
		{time.Minute, 20 * time.Second, "150"}, {time.Minute, time.Second, "1"}, {time.Second, 0, "1"}, {2 * time.Minute, 0, "0"},
	} {
		now = now.Add(step.after)
		recorder.Sweep(metrics.Finished, step.measured)
		if want := "\nshipbell_due_oldest_age_seconds " + step.want + "\n"; !strings.Contains(page(m), want) {
			t.Errorf("after %v: not%s", step.measured, want)
		}
	}
}

// oneEvent is what is measured of an event with one delivery that succeeds at once.
func oneEvent(r *metrics.Recorder, d *shipbell.Delivery, now time.Time) {
	r.Events("tcr", metrics.Matched, 1)
	r.Delivery(shipbell.Pending)
	r.Begun(d, now, now)
	r.Attempt(shipbell.Outcome{StatusCode: 200, Duration: time.Millisecond})
	r.Delivery(shipbell.Succeeded)
	r.Succeeded(d, now)
}

// TestMeasuringAllocatesNothing holds what metrics add to an event.
func TestMeasuringAllocatesNothing(t *testing.T) {
	recorder, now := metrics.New(newPrometheus(time.Now)), time.Now()
	d := shipbell.Delivery{CreatedAt: now, Attempts: []shipbell.Attempt{{Number: 1}}}
	if n := testing.AllocsPerRun(1000, func() { oneEvent(recorder, &d, now) }); n > 0 {
		t.Errorf("%v allocations for an event", n)
	}
}

func BenchmarkMeasuring(b *testing.B) {
	recorder, now := metrics.New(newPrometheus(time.Now)), time.Now()
	d := shipbell.Delivery{CreatedAt: now, Attempts: []shipbell.Attempt{{Number: 1}}}
	b.ReportAllocs()
	for b.Loop() {
		oneEvent(recorder, &d, now)
	}
}
