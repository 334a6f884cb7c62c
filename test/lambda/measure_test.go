package lambda_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/test/fleet"
	"github.com/shipbell/shipbell/test/sink"
)

// TestWriteUnits counts what an event with one delivery, which succeeds at once,
// writes from end to end: the receipt, the row, its place in the trigger's list, the
// claim and the result. Dialects whose events leave something out teach the catalog
// beside that; that of TCR does not.
func TestWriteUnits(t *testing.T) {
	t.Parallel()
	c, to := newCloud(t, options{}), sink.Start(t)
	c.deliver()
	c.CreateTrigger(fleet.Pushes(to.URL()))
	const most = 5
	for n, tag := range []string{"v1", "v2", "v3"} {
		before := c.dynamodb.writeUnits()
		c.Accept(fleet.Pushed(tag))
		c.WaitEnded(n+1, patience)
		units := c.dynamodb.writeUnits() - before
		t.Logf("event %d: %v write units", n+1, units)
		if units > most {
			t.Errorf("event %d: %v write units, want at most %d", n+1, units, most)
		}
	}
}

// TestStart measures every function from its start to its first request for an
// event, and an invocation that does hardly anything.
func TestStart(t *testing.T) {
	c := newCloud(t, options{})
	const starts, invocations = 20, 200
	for _, name := range []string{"receive", "deliver", "sweep", "triggers", "logs", "tcrapi"} {
		f := c.functions[name]
		var initial, overhead []time.Duration
		for range starts {
			p, err := f.Start(&f.Log)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			initial = append(initial, p.(*process).initial)
			p.Kill()
		}
		event := any(map[string]any{"Records": []any{}})
		if name != "deliver" && name != "sweep" {
			event = json.RawMessage(`{"version":"2.0","rawPath":"/healthz","requestContext":{"http":{"method":"GET","sourceIp":"127.0.0.1"}}}`)
		}
		for n := 0; n < invocations && name != "sweep"; n++ { // each call of sweep is real work
			begin := time.Now()
			if text, err := f.Invoke(event); err != nil {
				t.Fatalf("%s: %s, %v", name, text, err)
			}
			overhead = append(overhead, time.Since(begin))
		}
		t.Logf("%-8s start to first event: p50 %v, p95 %v", name, fleet.Percentile(initial, 50), fleet.Percentile(initial, 95))
		if len(overhead) > 0 {
			t.Logf("%-8s invocation:           p50 %v, p95 %v", name, fleet.Percentile(overhead, 50), fleet.Percentile(overhead, 95))
		}
		if p50 := fleet.Percentile(initial, 50); p50 > 200*time.Millisecond { // ten times what an idle machine needs
			t.Errorf("%s: takes %v to start", name, p50)
		}
	}
}

// TestBadVariable has functions end at once and say which variable is missing or
// wrong.
func TestBadVariable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ function, variable, value string }{
		"missing": {"receive", "SHIPBELL_TABLE", ""},
		"wrong":   {"deliver", "SHIPBELL_RETRY_WAITS", "soon"},
		"no key":  {"triggers", "SHIPBELL_SEAL_KEY", "env:short"},
	} {
		env := []string{
			"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=emulated", "AWS_SECRET_ACCESS_KEY=emulated",
			"SHIPBELL_TABLE=table", "SHIPBELL_QUEUE_URL=http://127.0.0.1:1/queue", "SHIPBELL_SEAL_KEY=env:" + strings.Repeat("A", 43) + "=",
			test.variable + "=" + test.value, // the last of a name counts
		}
		text := &fleet.Log{}
		p, err := start(fleet.Binary(test.function), env, text)
		if err == nil {
			p.Kill()
			t.Errorf("%s: %s started", name, test.function)
		}
		if !strings.Contains(text.String(), test.variable) {
			t.Errorf("%s: the log does not name %s: %s", name, test.variable, text)
		}
	}
}
