package console

import (
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/app"
)

// plot is a chart of bars over time: what succeeded, and what was failing on top of it.
type plot struct {
	Bars  []bar
	Total app.Counts
	// Top is the number that the height of the chart stands for, Most the highest
	// bar's.
	Top, Most int
}

// bar is one stretch of time.
type bar struct {
	Start, End time.Time
	app.Counts
	// X is where it begins, Good and Bad are how high its parts are, and Y is where the
	// upper one begins, all in the chart's own units.
	X, Good, Bad, Y int
}

// The chart's own units: how high it is, and how far one bar is from the next.
const (
	plotHeight = 100
	plotStep   = 10
)

// newPlot draws statistics with so many hours to a bar. The first bar has fewer if they
// do not come out even.
func newPlot(stats app.Stats, perBar int) plot {
	p := plot{Total: stats.Total()}
	for i, hour := range stats.Hours {
		if i == 0 || (len(stats.Hours)-i)%perBar == 0 {
			p.Bars = append(p.Bars, bar{Start: hour.Start, X: plotStep * len(p.Bars)})
		}
		last := &p.Bars[len(p.Bars)-1]
		last.End = hour.Start.Add(time.Hour)
		last.Succeeded += hour.Succeeded
		last.Failing += hour.Failing
		last.Cancelled += hour.Cancelled
	}
	for _, b := range p.Bars {
		p.Most = max(p.Most, b.Succeeded+b.Failing)
	}
	p.Top = roundUp(p.Most)
	for i := range p.Bars {
		b := &p.Bars[i]
		b.Good, b.Bad = p.height(b.Succeeded), p.height(b.Failing)
		// What would be too little to be seen takes its place from the other part.
		if over := max(b.Good+b.Bad-plotHeight, 0); b.Good > b.Bad {
			b.Good -= over
		} else {
			b.Bad -= over
		}
		b.Y = plotHeight - b.Good - b.Bad
	}
	return p
}

// height is how high so many are. Nothing but nothing is invisible.
func (p plot) height(n int) int {
	if n == 0 {
		return 0
	}
	return max(n*plotHeight/p.Top, 3)
}

// roundUp gives the next 1, 2, 3 or 5 with zeros, at least 1.
func roundUp(n int) int {
	for unit := 1; ; unit *= 10 {
		for _, digit := range []int{1, 2, 3, 5} {
			if digit*unit >= n {
				return digit * unit
			}
		}
	}
}

// GoodY is where the lower part begins.
func (b bar) GoodY() int { return plotHeight - b.Good }

// Width is the chart's, in its own units.
func (p plot) Width() int { return plotStep * len(p.Bars) }

// Empty reports whether there is nothing to see.
func (p plot) Empty() bool { return p.Most == 0 }

// Marks are some of the bars, evenly far apart, for the times below the chart.
func (p plot) Marks() []bar {
	const marks = 4
	var list []bar
	for i := range marks {
		if at := i * len(p.Bars) / marks; at < len(p.Bars) {
			list = append(list, p.Bars[at])
		}
	}
	return list
}

// Latest are the bars that hold anything, the latest first.
func (p plot) Latest() []bar {
	list := slices.DeleteFunc(slices.Clone(p.Bars), func(b bar) bool { return b.Sum() == 0 })
	slices.Reverse(list)
	return list
}
