package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	sentences "github.com/shipbell/shipbell/shared/text"
)

// measurements keep what this process measures for Prometheus. They are a metrics.Sink.
type measurements struct {
	registry *prometheus.Registry
	now      func() time.Time
	words    []metrics.Word
	vectors  []vector // in the order of words

	mu     sync.RWMutex
	series map[metrics.Series]func(float64)
}

// vector gives what takes the values of a series with these label values.
type vector func(labels ...string) func(float64)

// newPrometheus makes measurements in which every counter begins at 0.
func newPrometheus(now func() time.Time) *measurements {
	m := &measurements{
		registry: prometheus.NewRegistry(), now: now, words: metrics.Vocabulary(source.Names()...), series: map[metrics.Series]func(float64){},
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, word := range m.words {
		m.vectors = append(m.vectors, m.vector(word))
		if word.Kind == metrics.Counter {
			m.begin(word, nil)
		}
	}
	return m
}

// begin makes all series of a word, so that the first value of one is seen as a rise.
func (m *measurements) begin(word metrics.Word, labels []string) {
	if len(labels) == len(word.Labels) {
		m.vectors[word.Metric](labels...)
		return
	}
	for _, value := range word.Labels[len(labels)].Values {
		m.begin(word, append(slices.Clone(labels), value))
	}
}

// Seconds of the buckets of histograms: attempts take milliseconds, and a retry may be
// hours late.
func buckets() []float64 {
	return []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 6 * 3600, 24 * 3600}
}

// vector registers a metric.
func (m *measurements) vector(word metrics.Word) vector {
	names := make([]string, len(word.Labels))
	for i, label := range word.Labels {
		names[i] = label.Name
	}
	name := "shipbell_" + word.Name
	switch word.Kind {
	case metrics.Counter:
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name + "_total", Help: word.Help}, names)
		m.registry.MustRegister(v)
		return func(labels ...string) func(float64) { return v.WithLabelValues(labels...).Add }
	case metrics.Histogram:
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: word.Help, Buckets: buckets()}, names)
		m.registry.MustRegister(v)
		return func(labels ...string) func(float64) { return v.WithLabelValues(labels...).Observe }
	}
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: word.Help}, names)
	m.registry.MustRegister(v)
	return func(labels ...string) func(float64) {
		if word.Kind == metrics.Peak {
			return (&peak{now: m.now, show: v.WithLabelValues(labels...).Set}).set
		}
		return v.WithLabelValues(labels...).Set
	}
}

// Take implements metrics.Sink.
func (m *measurements) Take(s metrics.Series, value float64) {
	m.mu.RLock()
	take := m.series[s]
	m.mu.RUnlock()
	if take == nil {
		take = m.add(s)
	}
	take(value)
}

func (m *measurements) add(s metrics.Series) func(float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.series[s] == nil {
		m.series[s] = m.vectors[s.Metric](s.Labels[:len(m.words[s.Metric].Labels)]...)
	}
	return m.series[s]
}

// peakTime is how long a peak shows: longer than a scrape interval, and than sweep leaves
// a delivery alone that it has seen.
const peakTime = 2 * time.Minute

// peak shows the highest value of the last minutes.
type peak struct {
	now  func() time.Time
	show func(float64)

	mu    sync.Mutex
	value float64
	since time.Time
}

func (p *peak) set(value float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if value >= p.value || now.Sub(p.since) >= peakTime {
		p.value, p.since = value, now
		p.show(value)
	}
}

// handler serves the metrics as Prometheus reads them.
func (m *measurements) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// route is GET /metrics for a key of role admin or viewer. What is measured is of all
// registries together, so a key that may see some of them only is refused.
func (m *measurements) route() api.Route {
	handler := m.handler()
	return api.Route{Pattern: "GET /metrics", Role: shipbell.RoleViewer, AnyQuery: true, Handle: func(r *api.Request) (api.Answer, error) {
		if !access.Within(r.Key, nil) {
			return api.Answer{}, shipbell.NewError(shipbell.Forbidden, sentences.KeyOfSomeRegistries, r.Key.ID)
		}
		return api.Answer{Status: http.StatusOK, Write: handler.ServeHTTP}, nil
	}}
}

// listen serves the metrics without a key on an address of their own, or nowhere if it is
// "", until end is called.
func (m *measurements) listen(ctx context.Context, address string, logger *slog.Logger) (end func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.handler())
	server := &http.Server{
		Handler: mux, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logger.LogAttrs(ctx, slog.LevelError, "metrics are not served any more", slog.Any("error", err))
		}
	}()
	logger.LogAttrs(ctx, slog.LevelInfo, "metrics", slog.String("url", "http://"+listener.Addr().String()+"/metrics"))
	return func() { _ = server.Close() }, nil
}
