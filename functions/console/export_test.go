package console

// Plot is the overview's chart.
type Plot = plot

// NewPlot is for tests of what the chart draws.
var NewPlot = newPlot

// Grouped is for tests of how numbers are written.
var Grouped = grouped
