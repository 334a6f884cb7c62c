package main

import (
	"fmt"
	"slices"
	"time"
)

// result is what one run measured.
type result struct {
	accepted, delivered float64 // a second
	ack, latency        []time.Duration
	cpu                 time.Duration // of the server, an event
	rss                 int64         // peak RssAnon of the server, bytes
	backlog             int           // the most events accepted and not yet delivered
}

// percentile is of the sorted values, at index int(p × (n-1)).
func percentile(values []time.Duration, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return float64(sorted[int(p*float64(len(sorted)-1))].Microseconds()) / 1000
}

// row is one figure of a report.
type row struct {
	name string
	of   func(result) float64
}

func rows() []row {
	return []row{
		{"accepted/s", func(r result) float64 { return r.accepted }},
		{"delivered/s", func(r result) float64 { return r.delivered }},
		{"accept p50 ms", func(r result) float64 { return percentile(r.ack, 0.50) }},
		{"accept p99 ms", func(r result) float64 { return percentile(r.ack, 0.99) }},
		{"publish to delivery p50 ms", func(r result) float64 { return percentile(r.latency, 0.50) }},
		{"publish to delivery p99 ms", func(r result) float64 { return percentile(r.latency, 0.99) }},
		{"server CPU ms per event", func(r result) float64 { return float64(r.cpu.Microseconds()) / 1000 }},
		{"server peak RssAnon MiB", func(r result) float64 { return float64(r.rss) / (1 << 20) }},
		{"peak backlog, events", func(r result) float64 { return float64(r.backlog) }},
	}
}

// repeat runs a load on each contender in turn, and prints the median and range of each
// figure, and what the median of the first is in those of the others.
func repeat(runs int, name string, contenders []setup, load func(setup) (result, error)) error {
	results := make([][]result, len(contenders))
	for range runs {
		for i, o := range contenders {
			r, err := load(o)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", name, o.name, err)
			}
			results[i] = append(results[i], r)
		}
	}
	fmt.Printf("%s, %d runs\n", name, runs)
	for _, row := range rows() {
		fmt.Printf("  %-28s", row.name)
		var first float64
		for i, o := range contenders {
			values := make([]float64, runs)
			for n, r := range results[i] {
				values[n] = row.of(r)
			}
			slices.Sort(values)
			fmt.Printf(" %s %.3f (%.3f to %.3f)", o.name, values[runs/2], values[0], values[runs-1])
			if i == 0 {
				first = values[runs/2]
			} else {
				fmt.Printf(" ×%.2f", first/values[runs/2])
			}
		}
		fmt.Println()
	}
	return nil
}
