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
	"github.com/shipbell/shipbell/shared/store/circuit"
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

// gauges measures what waits: messages in the queue, damaged records, and the targets whose
// deliveries are held.
type gauges struct {
	Deps
	circuits *circuit.Records
	mu       sync.Mutex
	last     time.Time
}

func newGauges(d Deps) *gauges {
	return &gauges{Deps: d, circuits: circuit.NewRecords(d.Store.Items())}
}

// measure measures in a tenth of the time that ctx leaves, unless it was done a moment ago.
// A failure is logged: nothing depends on it.
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
	measuring, cancel := within(ctx, 0.1)
	defer cancel()
	if err := errors.Join(g.measureSetAside(measuring), g.measureQueue(measuring), g.measureCircuits(measuring, now)); err != nil {
		g.Logger.LogAttrs(ctx, slog.LevelWarn, "what waits was not measured", slog.Any("error", err))
	}
}

func (g *gauges) measureSetAside(ctx context.Context) error {
	aside, err := g.Store.SetAside(ctx)
	if err == nil {
		g.Metrics.SetAside(len(aside))
	}
	return err
}

func (g *gauges) measureQueue(ctx context.Context) error {
	queue, ok := g.Queue.(platform.Gauged)
	if !ok {
		return nil
	}
	count, oldest, err := queue.Waiting(ctx)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err == nil {
		g.Metrics.Queue(count, oldest)
	}
	return err
}

// maxCircuits is how many circuits of a registry are counted.
const maxCircuits = 1000

// measureCircuits counts the targets whose deliveries are held, of all registries or not at
// all.
func (g *gauges) measureCircuits(ctx context.Context, now time.Time) error {
	ids, err := g.Store.RegistryIDs(ctx)
	if err != nil {
		return err
	}
	counts, errs := make([]int, workers), make([]error, workers)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := worker; i < len(ids) && errs[worker] == nil; i += workers {
				var kept []circuit.Kept
				kept, errs[worker] = g.circuits.List(ctx, ids[i], maxCircuits)
				for _, one := range kept {
					if one.Holds(now) {
						counts[worker]++
					}
				}
			}
		})
	}
	all.Wait()
	count := 0
	for _, n := range counts {
		count += n
	}
	err = errors.Join(errs...)
	if err == nil {
		g.Metrics.OpenCircuits(count)
	}
	return err
}
