package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestArithmetic works the bill out by hand, with prices that make it easy.
func TestArithmetic(t *testing.T) {
	t.Parallel()
	p := prices{
		httpAPIRequest: 1. / million, lambdaRequest: 1. / million, lambdaGBSecond: 0.001,
		writeUnit: 1. / million, readUnit: 0.5 / million, sqsRequest: 2. / million, logGB: 1,
		freeLambdaRequests: 1 * million, freeLambdaGBSeconds: 1000, freeSQSRequest: 1 * million, freeLogGB: 5,
	}
	tests := map[string]struct {
		traffic traffic
		want    []string
		free    float64
	}{
		"one by one": {
			traffic{writes: 5, reads: 2, messages: 1, receiveMS: 20, deliverMS: 200, logBytes: 1000},
			[]string{
				"5.00 table: writes", "1.00 table: reads",
				"6.00 queue: requests",      // a send, a receive and a delete each
				"2.00 functions: requests",  // both
				"55.00 functions: time",     // 0.22 s of a quarter GB
				"1.00 logs", "70.00 in all", // 1 GB
			},
			2 + 1 + 1 + 1,
		},
		"ten at once, by the HTTP API": {
			traffic{httpAPI: true, writes: 4, reads: 0, messages: 10, receiveMS: 20, deliverMS: 200, logBytes: 500},
			[]string{
				"4.00 table: writes", "0.00 table: reads", "2.40 queue: requests", "1.10 functions: requests",
				"10.00 functions: time", "0.50 logs", "1.00 HTTP API", "19.00 in all",
			},
			2 + 1 + 1 + 0.5,
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
			if got := test.traffic.free(p); fmt.Sprintf("%.2f", got) != fmt.Sprintf("%.2f", test.free) {
				t.Errorf("free: got %.2f, want %.2f", got, test.free)
			}
		})
	}
}

// TestBounds keeps what docs/deploy-aws.md says true.
func TestBounds(t *testing.T) {
	t.Parallel()
	p := listPrices()
	bounds := []struct{ low, high float64 }{{4.40, 4.50}, {5.40, 5.50}, {6.00, 6.50}}
	for i, one := range scenarios() {
		if got := total(one.perMillion(p)); got < bounds[i].low || got > bounds[i].high {
			t.Errorf("%s: a million events cost %.2f, not %.2f to %.2f", one.name, got, bounds[i].low, bounds[i].high)
		}
	}
	if got := total(standing(p)); got > 6 {
		t.Errorf("an idle month costs %.2f", got)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	report(&b, listPrices())
	for _, want := range []string{"List prices of 20", "us-east-1", "in all", "The aim is 4.00"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.String())
		}
	}
}
