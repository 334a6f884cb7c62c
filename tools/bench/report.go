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

// repeat runs a load and prints the median and range of each figure.
func repeat(runs int, name string, load func() (result, error)) error {
	rows := []struct {
		name string
		of   func(result) float64
	}{
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
	values := make([][]float64, len(rows))
	for range runs {
		r, err := load()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for i, row := range rows {
			values[i] = append(values[i], row.of(r))
		}
	}
	fmt.Printf("%s, %d runs\n", name, runs)
	for i, row := range rows {
		slices.Sort(values[i])
		fmt.Printf("  %-28s %10.3f   (%.3f to %.3f)\n", row.name, values[i][runs/2], values[i][0], values[i][runs-1])
	}
	return nil
}
