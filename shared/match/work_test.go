package match_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// slowTriggers are n triggers whose patterns doublestar compares with each byte of a name.
func slowTriggers(n int, repository func(i int) string) []shipbell.Trigger {
	all := make([]shipbell.Trigger, n)
	for i := range all {
		all[i] = rule(shipbell.ID(i+1), "ns", repository(i), "")
	}
	return all
}

// hostile is the i-th of many patterns that nearly match hostileName at every position.
func hostile(i int) string { return fmt.Sprintf("*%sb%d*", strings.Repeat("a", 100), i) + "?" }

func TestWork(t *testing.T) {
	t.Parallel()
	work := func(triggers ...shipbell.Trigger) time.Duration { return match.Compile(triggers).Work() }
	one := work(rule(1, "ns", "*a?", ""))
	if one < 2*time.Microsecond || one > 50*time.Microsecond {
		t.Fatalf("one pattern takes %v", one)
	}
	// Beside the patterns, every case has a namespace and a tag, which are compared quickly.
	near := func(got, want time.Duration) bool { return got >= want-want/10 && got < want+want/10+time.Microsecond }
	for _, c := range []struct {
		name     string
		triggers []shipbell.Trigger
		want     time.Duration
	}{
		{"none", nil, 0},
		{"quick patterns", slowTriggers(1000, func(i int) string { return fmt.Sprintf("app-%d-*", i) }), 0},
		{"patterns without an anchor", slowTriggers(100, func(i int) string { return fmt.Sprintf("*%c?", 'a'+i%26) }), 26 * one},
		{"patterns with the same anchor", slowTriggers(9, func(i int) string { return fmt.Sprintf("app*%c?", 'a'+i) }), 9 * one},
		{"patterns with other anchors", slowTriggers(1000, func(i int) string { return fmt.Sprintf("app-%04d-*a?", i) }), one},
		{"anchors that one name has", []shipbell.Trigger{rule(1, "ns", "a*a?", ""), rule(2, "ns", "ab*a?", ""), rule(3, "ns", "ac*a?", "")}, 2 * one},
		{"namespaces that one event has not", []shipbell.Trigger{rule(1, "one", "*a?", ""), rule(2, "two", "*a?", "")}, one},
		{"namespaces that one event has", []shipbell.Trigger{rule(1, "on*", "*a?", ""), rule(2, "one", "*b?", "")}, 2 * one},
		{"tags", []shipbell.Trigger{rule(1, "ns", "app", "*a?"), rule(2, "ns", "app", "*b?"), rule(3, "ns", "other", "*c?")}, 2 * one},
		{"disabled", func() []shipbell.Trigger {
			r := rule(1, "ns", "*a?", "")
			r.Enabled = false
			return []shipbell.Trigger{r}
		}(), 0},
	} {
		if got := work(c.triggers...); !near(got, c.want) {
			t.Errorf("%s: %v, want about %v", c.name, got, c.want)
		}
	}
}

// BenchmarkWorst is an event of the worst set that a registry may have, which is to take
// less than match.MaxWork.
func BenchmarkWorst(b *testing.B) {
	for _, shape := range []struct {
		name       string
		repository func(int) string
		event      string
	}{
		{"long texts", hostile, strings.Repeat("a", 250)},
		{"short texts", func(i int) string { return fmt.Sprintf("*a?a%c%c*", 'b'+i%20, 'b'+i/20) }, strings.Repeat("a", 250)},
		{"stars", func(i int) string { return fmt.Sprintf("*a*a*a*%c%c*", 'b'+i%20, 'b'+i/20) }, strings.Repeat("a", 250)},
	} {
		b.Run(shape.name, func(b *testing.B) {
			one := match.Compile(slowTriggers(1, shape.repository)).Work()
			set := match.Compile(slowTriggers(int(match.MaxWork/one), shape.repository))
			e := push("ns/"+shape.event, "v1")
			for b.Loop() {
				set.Match(nil, e)
			}
			b.ReportMetric(float64(len(set.Triggers())), "triggers")
		})
	}
}
