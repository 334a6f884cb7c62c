package sweep

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/metrics"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// measured is what one run notes for its metrics. It may be used from many goroutines.
type measured struct {
	mu      sync.Mutex
	overdue time.Duration
}

// see notes how long the deliveries that the run wakes have been due.
func (m *measured) see(deliveries []shipbell.Delivery, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range deliveries {
		if d := &deliveries[i]; !d.Ahead(now) {
			m.overdue = max(m.overdue, now.Sub(d.NextAttemptAt))
		}
	}
}

// end counts the run.
func (m *measured) end(to *metrics.Recorder, r Result) {
	end := metrics.Finished
	switch {
	case r.Unfinished > 0:
		end = metrics.Unfinished
	case r.Failed > 0:
		end = metrics.Broken
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	to.Sweep(end, m.overdue)
}

// gaugeEvery is how often what waits is measured where sweep runs more often.
const gaugeEvery = 15 * time.Second

// gauges measures what waits: messages in the queue, and damaged records.
type gauges struct {
	Deps
	mu   sync.Mutex
	last time.Time
}

// measure measures, unless it was done a moment ago. A failure is logged: nothing depends
// on it.
func (g *gauges) measure(ctx context.Context) {
	if !g.mu.TryLock() {
		return // another run does
	}
	defer g.mu.Unlock()
	now := g.Now()
	if g.Metrics == nil || g.Refill || platform.Fresh(g.last, now, gaugeEvery) {
		return
	}
	g.last = now
	aside, err := g.Store.SetAside(ctx)
	if err == nil {
		g.Metrics.SetAside(len(aside))
	}
	if queue, ok := g.Queue.(platform.Gauged); ok {
		count, oldest, queueErr := queue.Waiting(ctx)
		if queueErr == nil {
			g.Metrics.Queue(count, oldest)
		} else if !errors.Is(queueErr, errors.ErrUnsupported) {
			err = errors.Join(err, queueErr)
		}
	}
	if err != nil {
		g.Logger.LogAttrs(ctx, slog.LevelWarn, "what waits was not measured", slog.Any("error", err))
	}
}
