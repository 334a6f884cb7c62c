package metrics

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// LineOptions say how Lines writes.
type LineOptions struct {
	// Output gets each line in one call. What cannot be written is lost.
	Output io.Writer
	// Function is the name of the function.
	Function string
	// Stack, if not "", makes the lines ones of CloudWatch's embedded metric format: the
	// metrics have it as their only dimension. Without it a line is for people's queries.
	Stack string
	Now   func() time.Time
}

// Lines is a Sink for a function that is invoked again and again. It adds up what is
// measured during an invocation, and Flush writes it as one line of JSON, whatever the
// level of the log is. Nothing is kept for a later invocation, which may never come.
type Lines struct {
	o               LineOptions
	function, stack []byte // as JSON
	words           []Word

	mu     sync.Mutex
	kept   map[Series]*lineEntry
	fresh  []*lineEntry // those with a value, in the order of their first
	source string       // of the events of the line
	buffer []byte
}

// lineEntry is one series in the next line.
type lineEntry struct {
	name   string
	kind   Kind
	value  float64
	values []float64 // of a histogram
	set    bool
}

// maxValues is the most observations of a metric that CloudWatch takes from one line.
const maxValues = 100

// NewLines makes Lines.
func NewLines(o LineOptions) *Lines {
	return &Lines{o: o, function: quoted(o.Function), stack: quoted(o.Stack), words: Vocabulary(), kept: map[Series]*lineEntry{}}
}

func quoted(text string) []byte {
	data, _ := json.Marshal(text) // of a string it never fails
	return data
}

// Take implements Sink.
func (l *Lines) Take(s Series, value float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.Metric == Events && l.source != s.Labels[0] {
		if l.source != "" { // a line is of one source
			l.flush()
		}
		l.source = s.Labels[0]
	}
	e := l.entry(s)
	if !e.set {
		e.set = true
		l.fresh = append(l.fresh, e)
	}
	switch e.kind {
	case Counter:
		e.value += value
	case Gauge, Peak:
		e.value = value
	case Histogram:
		if e.values = append(e.values, value); len(e.values) == maxValues {
			l.flush()
		}
	}
}

func (l *Lines) entry(s Series) *lineEntry {
	e := l.kept[s]
	if e == nil {
		word := l.words[s.Metric]
		e = &lineEntry{name: word.LineName(s.Labels[:]...), kind: word.Kind}
		l.kept[s] = e
	}
	return e
}

// Flush writes what was measured since the last call, if anything was.
func (l *Lines) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
}

func (l *Lines) flush() {
	if len(l.fresh) == 0 {
		return
	}
	b := l.begin(l.buffer[:0])
	for _, e := range l.fresh {
		if l.o.Stack == "" {
			b = e.appendSums(b)
		} else {
			b = e.appendValues(b)
		}
		e.value, e.values, e.set = 0, e.values[:0], false
	}
	b = append(b, '}', '\n')
	_, _ = l.o.Output.Write(b)
	l.fresh, l.source, l.buffer = l.fresh[:0], "", b
}

// begin appends all of a line but its values.
func (l *Lines) begin(b []byte) []byte {
	now := l.o.Now()
	if l.o.Stack == "" {
		b = append(b, `{"time":"`...)
		b = append(now.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z07:00"), `","msg":"metrics","function":`...)
		return l.appendSource(append(b, l.function...))
	}
	// CloudWatch has the time and, as the group of the log, the function.
	b = append(b, `{"Stack":`...)
	b = l.appendSource(append(b, l.stack...))
	b = append(b, `,"_aws":{"Timestamp":`...)
	b = strconv.AppendInt(b, now.UnixMilli(), 10)
	b = append(b, `,"CloudWatchMetrics":[{"Namespace":"Shipbell","Dimensions":[["Stack"]],"Metrics":[`...)
	for i, e := range l.fresh {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"Name":"`...)
		b = append(append(b, e.name...), '"')
		if strings.HasSuffix(e.name, "Seconds") {
			b = append(b, `,"Unit":"Seconds"`...)
		}
		b = append(b, '}')
	}
	return append(b, "]}]}"...)
}

// appendSource appends of which source the events of the line are, if it has any.
func (l *Lines) appendSource(b []byte) []byte {
	if l.source == "" {
		return b
	}
	b = append(b, `,"source":"`...)
	return append(append(b, l.source...), '"')
}

// appendValues appends the value, or all observations.
func (e *lineEntry) appendValues(b []byte) []byte {
	b = e.appendName(b, "")
	if e.kind != Histogram {
		return appendNumber(b, e.value)
	}
	b = append(b, '[')
	for i, value := range e.values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendNumber(b, value)
	}
	return append(b, ']')
}

// appendSums appends the value, or the sum, the number and the highest of the observations.
func (e *lineEntry) appendSums(b []byte) []byte {
	if e.kind != Histogram {
		return appendNumber(e.appendName(b, ""), e.value)
	}
	sum, highest := 0.0, 0.0
	for _, value := range e.values {
		sum += value
		highest = max(highest, value)
	}
	b = appendNumber(e.appendName(b, "Sum"), sum)
	b = appendNumber(e.appendName(b, "Count"), float64(len(e.values)))
	return appendNumber(e.appendName(b, "Max"), highest)
}

func (e *lineEntry) appendName(b []byte, suffix string) []byte {
	b = append(b, ',', '"')
	b = append(b, e.name...)
	b = append(b, suffix...)
	return append(b, '"', ':')
}

// appendNumber appends a number, to a millionth.
func appendNumber(b []byte, n float64) []byte {
	return strconv.AppendFloat(b, math.Round(n*1e6)/1e6, 'f', -1, 64)
}
