package deploy_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/shipbell/shipbell/shared/metrics"
)

// served are the names of the metrics that a process serves.
func served() map[string]metrics.Word {
	all := map[string]metrics.Word{}
	for _, word := range metrics.Vocabulary("distribution", "ecr", "tcr") {
		switch name := "shipbell_" + word.Name; word.Kind {
		case metrics.Counter:
			all[name+"_total"] = word
		case metrics.Histogram:
			all[name+"_bucket"] = word
		default:
			all[name] = word
		}
	}
	return all
}

// checkQuery holds a query to the metrics and the label values that there are.
func checkQuery(query string) (problems []string) {
	all := served()
	for _, found := range regexp.MustCompile(`(shipbell_[a-z_]+)(?:\{([^}]*)\})?`).FindAllStringSubmatch(query, -1) {
		word, known := all[found[1]]
		if !known {
			problems = append(problems, "no metric is called "+found[1])
			continue
		}
		for _, pair := range regexp.MustCompile(`(\w+)=~?"([^"]*)"`).FindAllStringSubmatch(found[2], -1) {
			for value := range strings.SplitSeq(pair[2], "|") {
				if !hasLabel(word, pair[1], value) {
					problems = append(problems, found[1]+" has no "+pair[1]+" "+value)
				}
			}
		}
	}
	return problems
}

func hasLabel(word metrics.Word, name, value string) bool {
	for _, label := range word.Labels {
		for _, one := range label.Values {
			if label.Name == name && one == value {
				return true
			}
		}
	}
	return false
}

// TestAlertsHaveRunbooks holds the alert rules to metrics that there are, and each to a
// section of docs/operations.md.
func TestAlertsHaveRunbooks(t *testing.T) {
	t.Parallel()
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Labels      struct{ Severity string }
				Annotations struct{ Summary, Runbook string }
			}
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, "deploy/prometheus/alerts.yml")), &file); err != nil {
		t.Fatal(err)
	}
	page := read(t, "docs/operations.md")
	rules := 0
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			rules++
			for _, problem := range checkQuery(rule.Expr) {
				t.Errorf("%s: %s", rule.Alert, problem)
			}
			_, anchor, _ := strings.Cut(rule.Annotations.Runbook, "docs/operations.md#")
			heading := "\n### " + strings.ToUpper(anchor[:1]) + strings.ReplaceAll(anchor[1:], "-", " ") + "\n"
			if anchor == "" || !strings.Contains(page, heading) {
				t.Errorf("%s: docs/operations.md has no section%q", rule.Alert, heading)
			}
			if rule.Annotations.Summary == "" || rule.Labels.Severity == "" {
				t.Errorf("%s: %+v", rule.Alert, rule)
			}
		}
	}
	if rules < 10 {
		t.Errorf("%d rules", rules)
	}
}

// TestDashboardShowsEveryMetric holds the dashboard's queries to metrics that there are,
// and to all of them.
func TestDashboardShowsEveryMetric(t *testing.T) {
	t.Parallel()
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "deploy/grafana/shipbell.json")), &board); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	var queries strings.Builder
	for _, panel := range board.Panels {
		if ids[panel.ID] {
			t.Errorf("%s: its id %d is another's", panel.Title, panel.ID)
		}
		ids[panel.ID] = true
		for _, target := range panel.Targets {
			queries.WriteString(target.Expr + "\n")
			for _, problem := range checkQuery(target.Expr) {
				t.Errorf("%s: %s", panel.Title, problem)
			}
		}
	}
	for name := range served() {
		if !regexp.MustCompile(name + `\b`).MatchString(queries.String()) {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestQueriesAreChecked plants queries that are wrong.
func TestQueriesAreChecked(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`sum(shipbell_attempts_total)`:                                 "",
		`rate(shipbell_attempt_total[5m])`:                             "no metric is called shipbell_attempt_total",
		`shipbell_attempts_total{outcome="late"}`:                      "shipbell_attempts_total has no outcome late",
		`shipbell_circuits_total{change=~"opened|broken"}`:             "shipbell_circuits_total has no change broken",
		`histogram_quantile(1, rate(shipbell_attempt_seconds[5m]))`:    "no metric is called shipbell_attempt_seconds",
		`shipbell_due_oldest_age_seconds / shipbell_set_aside_records`: "",
	} {
		if got := strings.Join(checkQuery(query), ", "); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}
