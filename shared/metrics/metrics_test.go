package metrics_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/measured"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// TestVocabulary holds the words to their place, their form and their number.
func TestVocabulary(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	form := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for i, word := range metrics.Vocabulary("tcr", "ecr") {
		if int(word.Metric) != i || names[word.Name] || !form.MatchString(word.Name) || word.Help == "" {
			t.Errorf("word %d: %+v", i, word)
		}
		if seconds := strings.HasSuffix(word.Name, "_seconds"); word.Kind == metrics.Histogram && !seconds {
			t.Errorf("%s: a histogram is in seconds", word.Name)
		}
		names[word.Name] = true
		series := 1
		for _, label := range word.Labels {
			series *= len(label.Values)
		}
		if series > 30 || len(word.Labels) > len(metrics.Series{}.Labels) {
			t.Errorf("%s has %d series of %d labels", word.Name, series, len(word.Labels))
		}
	}
}

// TestNamesAreDocumented finds every metric in docs/operations.md, as Prometheus and as
// the log have it.
func TestNamesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range metrics.Vocabulary() {
		name := "`" + word.Name + "`"
		if word.Kind == metrics.Counter {
			name = "`" + word.Name + "_total`"
		}
		if !strings.Contains(string(page), name) {
			t.Errorf("docs/operations.md lacks %s", name)
		}
		for _, label := range word.Labels {
			for _, value := range label.Values {
				if !strings.Contains(string(page), value) {
					t.Errorf("docs/operations.md lacks %s=%q of %s", label.Name, value, word.Name)
				}
			}
		}
	}
}

// TestOutcomes maps what comes of attempts to the values of a label.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	failed := text.Literal("failed")
	for want, o := range map[string]shipbell.Outcome{
		"AttemptsSucceeded": {StatusCode: 204},
		"Attempts3xx":       {StatusCode: 302, Error: failed},
		"Attempts4xx":       {StatusCode: 410, Error: failed, Final: true},
		"Attempts5xx":       {StatusCode: 503, Error: failed},
		"AttemptsOther":     {StatusCode: 200, Error: failed},
		"AttemptsTimeout":   {Error: text.New(text.TimeoutTotal)},
		"AttemptsNetwork":   {Error: failed},
		"AttemptsUnsent":    {Error: failed, Final: true},
	} {
		sink, recorder := measured.New()
		recorder.Attempt(o)
		all := measured.Values{want: 1, "AttemptSeconds": 1}
		if want == "AttemptsUnsent" {
			delete(all, "AttemptSeconds")
		}
		if diff := cmp.Diff(all, sink.Values()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want, diff)
		}
	}
}

// record is an invocation's measurements: an event, and two attempts.
func record(r *metrics.Recorder) {
	d := shipbell.Delivery{CreatedAt: noon, Attempts: []shipbell.Attempt{{Number: 1}}}
	r.Events("tcr", metrics.Matched, 2)
	r.Events("tcr", metrics.Ignored, 0)
	r.Delivery(shipbell.Pending)
	r.Begun(&d, time.Time{}, noon.Add(30*time.Millisecond))
	r.Attempt(shipbell.Outcome{StatusCode: 200, Duration: 20 * time.Millisecond})
	r.Attempt(shipbell.Outcome{StatusCode: 200, Duration: 1234567 * time.Nanosecond})
	r.Delivery(shipbell.Succeeded)
	r.Succeeded(&d, noon.Add(50*time.Millisecond))
}

// TestLines writes one invocation in both forms, and then nothing more.
func TestLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ stack, want string }{
		"embedded metric format": {"shipbell", `{"Stack":"shipbell","source":"tcr",` +
			`"_aws":{"Timestamp":1796040000000,"CloudWatchMetrics":[{"Namespace":"Shipbell","Dimensions":[["Stack"]],"Metrics":[` +
			`{"Name":"EventsMatched"},{"Name":"DeliveriesPending"},{"Name":"FirstAttemptDelaySeconds","Unit":"Seconds"},` +
			`{"Name":"AttemptsSucceeded"},{"Name":"AttemptSeconds","Unit":"Seconds"},{"Name":"DeliveriesSucceeded"},{"Name":"EndToEndSeconds","Unit":"Seconds"}]}]},` +
			`"EventsMatched":2,"DeliveriesPending":1,"FirstAttemptDelaySeconds":[0.03],"AttemptsSucceeded":2,"AttemptSeconds":[0.02,0.001235],` +
			`"DeliveriesSucceeded":1,"EndToEndSeconds":[0.05]}` + "\n"},
		"for queries": {"", `{"time":"2026-11-30T12:00:00.000Z","msg":"metrics","function":"deliver","source":"tcr",` +
			`"EventsMatched":2,"DeliveriesPending":1,"FirstAttemptDelaySecondsSum":0.03,"FirstAttemptDelaySecondsCount":1,"FirstAttemptDelaySecondsMax":0.03,` +
			`"AttemptsSucceeded":2,"AttemptSecondsSum":0.021235,"AttemptSecondsCount":2,"AttemptSecondsMax":0.02,` +
			`"DeliveriesSucceeded":1,"EndToEndSecondsSum":0.05,"EndToEndSecondsCount":1,"EndToEndSecondsMax":0.05}` + "\n"},
	} {
		var log bytes.Buffer
		lines := metrics.NewLines(metrics.LineOptions{Output: &log, Function: "deliver", Stack: test.stack, Now: func() time.Time { return noon }})
		lines.Flush()
		for range 2 {
			record(metrics.New(lines))
			lines.Flush()
			if diff := cmp.Diff(test.want, log.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if !json.Valid(log.Bytes()) {
				t.Errorf("%s: not JSON", name)
			}
			log.Reset()
			lines.Flush()
		}
	}
}

// TestLineBounds begins another line for the events of another source, and for more
// observations than CloudWatch takes from one.
func TestLineBounds(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	lines := metrics.NewLines(metrics.LineOptions{Output: &log, Function: "x", Stack: `a"b`, Now: time.Now})
	r := metrics.New(lines)
	r.Events("tcr", metrics.Matched, 1)
	r.Events("ecr", metrics.Matched, 1)
	r.Events("", metrics.Failed, 1)
	for range 250 {
		r.Attempt(shipbell.Outcome{StatusCode: 200})
	}
	lines.Flush()
	var sources []string
	attempts, values := 0, 0
	for decoder := json.NewDecoder(&log); ; {
		var line struct {
			Source            string
			AttemptsSucceeded int
			AttemptSeconds    []float64
		}
		if err := decoder.Decode(&line); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, line.Source)
		attempts += line.AttemptsSucceeded
		values += len(line.AttemptSeconds)
		if len(line.AttemptSeconds) > 100 {
			t.Errorf("%d values in a line", len(line.AttemptSeconds))
		}
	}
	if diff := cmp.Diff([]string{"tcr", "ecr", "unknown", "", ""}, sources); diff != "" || attempts != 250 || values != 250 {
		t.Errorf("%d attempts, %d values, sources (-want +got):\n%s", attempts, values, diff)
	}
}

// TestNothingIsMeasured uses the nil Recorder, which functions without metrics have.
func TestNothingIsMeasured(*testing.T) {
	record(nil)
}

// TestAllocations holds what one event and its delivery cost to nothing, once the series
// are known.
func TestAllocations(t *testing.T) {
	for name, stack := range map[string]string{"embedded metric format": "shipbell", "for queries": ""} {
		lines := metrics.NewLines(metrics.LineOptions{Output: io.Discard, Function: "deliver", Stack: stack, Now: func() time.Time { return noon }})
		r := metrics.New(lines)
		if n := testing.AllocsPerRun(1000, func() { record(r); lines.Flush() }); n > 0 {
			t.Errorf("%s: %v allocations for an invocation", name, n)
		}
	}
}

// BenchmarkLines is what one invocation costs.
func BenchmarkLines(b *testing.B) {
	lines := metrics.NewLines(metrics.LineOptions{Output: io.Discard, Function: "deliver", Stack: "shipbell", Now: time.Now})
	r := metrics.New(lines)
	b.ReportAllocs()
	for b.Loop() {
		record(r)
		lines.Flush()
	}
}
