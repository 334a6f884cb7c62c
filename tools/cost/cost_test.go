package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/shipbell/shipbell/tools/cost/units"
)

// TestArithmetic works the bill out by hand, with prices that make it easy.
func TestArithmetic(t *testing.T) {
	t.Parallel()
	p := prices{
		httpAPIRequest: 1. / million, lambdaRequest: 1. / million, lambdaGBSecond: 0.001,
		writeUnit: 1. / million, readUnit: 0.5 / million, sqsRequest: 2. / million, logGB: 1,
	}
	tests := map[string]struct {
		traffic traffic
		want    []string
	}{
		"one by one": {
			traffic{takes: units.Units{Writes: 4, Reads: 1, Sends: 1, LogBytes: 1000}, sweeps: units.Units{Writes: 1, Reads: 1}, delivers: 1, deliverMetrics: 665, receiveMS: 20, deliverMS: 200},
			[]string{
				"5.00 table: writes", "1.00 table: reads",
				"6.00 queue: requests",     // a send, a receive and a delete each
				"2.00 functions: requests", // both
				"55.00 functions: time",    // 0.22 s of a quarter GB
				"2.00 logs and metrics",    // 1,000 + 2 * 26 + 283 + 665
				"71.00 in all",
			},
		},
		"ten at once, by the HTTP API": {
			traffic{httpAPI: true, takes: units.Units{Writes: 4, Sends: 1, LogBytes: 500}, delivers: 0.1, deliverMetrics: 1650, receiveMS: 20, deliverMS: 200},
			[]string{
				"4.00 table: writes", "0.00 table: reads", "2.40 queue: requests", "1.10 functions: requests",
				"10.00 functions: time", "1.00 logs and metrics", "1.00 HTTP API", "19.50 in all",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bill := test.traffic.perMillion(p)
			bill = append(bill, line{"in all", total(bill)})
			var got []string
			for _, one := range bill {
				got = append(got, fmt.Sprintf("%.2f %s", one.dollars, one.what))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the bill (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBounds keeps what docs/deploy-aws.md says true.
func TestBounds(t *testing.T) {
	t.Parallel()
	p := listPrices()
	for _, test := range []struct {
		what string
		bill []line
		most float64
	}{
		{"busy", scenarios(1)[0].perMillion(p), 5.4},
		{"sparse", scenarios(1000)[1].perMillion(p), 8.7},
		{"nine failed attempts", failing().perMillion(p), 36},
	} {
		if got := total(test.bill); got > test.most || got < 0.7*test.most {
			t.Errorf("a million events, %s, take %.2f, want at most %.2f and about that", test.what, got, test.most)
		}
	}
	document, err := os.ReadFile("../../docs/deploy-aws.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, triggers := range []int{1, 100, 1000} {
		for _, one := range scenarios(triggers) {
			if sum := fmt.Sprintf(" %.2f |", total(one.perMillion(p))); !strings.Contains(string(document), sum) {
				t.Errorf("docs/deploy-aws.md does not have%s %s, %d triggers", sum, one.name, triggers)
			}
		}
	}
	for _, one := range append(monthly(p), line{"", total(failing().perMillion(p))}) {
		if sum := fmt.Sprintf(" %.2f |", one.dollars); !strings.Contains(string(document), sum) {
			t.Errorf("docs/deploy-aws.md does not have%s %s", sum, one.what)
		}
	}
}

// TestMonthlyLinesCountTheTemplate counts what is billed by the month in template.yaml.
func TestMonthlyLinesCountTheTemplate(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string `yaml:"Type"`
			Properties struct {
				Metrics []struct {
					MetricStat yaml.Node `yaml:"MetricStat"`
				} `yaml:"Metrics"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	alarms, boards := 0, 0
	for _, r := range template.Resources {
		switch r.Type {
		case "AWS::CloudWatch::Dashboard":
			boards++
		case "AWS::CloudWatch::Alarm":
			own := 0
			for _, metric := range r.Properties.Metrics {
				if metric.MetricStat.Kind != 0 {
					own++
				}
			}
			alarms += max(1, own) // an alarm of a sum is billed for each metric in it
		}
	}
	if alarms != alarmMetrics || boards != dashboards {
		t.Errorf("the template has alarms of %d metrics and %d dashboards, the model %d and %d", alarms, boards, alarmMetrics, dashboards)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	report(&b, listPrices())
	for _, want := range []string{"us-east-1, 30 November 2026", "1,000 triggers", "in all", "The aim for busy, by the Function URL is 4.47"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.String())
		}
	}
}
