// Package measured keeps what is measured, so that a test can compare it.
package measured

import (
	"maps"
	"sync"

	"github.com/shipbell/shipbell/shared/metrics"
)

// Values are what was measured, by the names that lines of the log have. Events have the
// source and a slash in front. A histogram has the number of its observations.
type Values map[string]float64

// Sink is a metrics.Sink that adds up what it takes.
type Sink struct {
	mu     sync.Mutex
	values Values
}

// New makes a Sink and its Recorder.
func New() (*Sink, *metrics.Recorder) {
	s := &Sink{values: Values{}}
	return s, metrics.New(s)
}

// Take implements metrics.Sink.
func (s *Sink) Take(series metrics.Series, value float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	word := metrics.Vocabulary()[series.Metric]
	name := word.LineName(series.Labels[:]...)
	if series.Metric == metrics.Events {
		name = series.Labels[0] + "/" + name
	}
	switch word.Kind {
	case metrics.Counter:
		s.values[name] += value
	case metrics.Histogram:
		s.values[name]++
	default:
		s.values[name] = value
	}
}

// Values are all values so far.
func (s *Sink) Values() Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.values)
}
