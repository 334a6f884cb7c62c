package setup

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	sentences "github.com/shipbell/shipbell/shared/text"
)

const (
	// wakeTimeout bounds a test, which the first request of a process waits for.
	wakeTimeout = time.Second
	// wakeAgain is how long a failure holds until readyz tests again. It bounds what
	// askers without a key can cost.
	wakeAgain = 10 * time.Second
)

// wakeTest tests how receive wakes deliveries. Without the right to do so events are
// taken and stored, and no attempt is ever made: that must show before a user sees it.
//
// A success holds for the life of the process, because the right is checked again with
// every delivery.
type wakeTest struct {
	probe  func(context.Context) error
	now    func() time.Time
	logger *slog.Logger

	mu     sync.Mutex // held while testing
	tested time.Time
	err    error
}

// run tests once, and logs the result.
func (w *wakeTest) run(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.test(ctx)
}

// check gives an error if the last test failed. It tests again when that was some time
// ago, so that readyz recovers with the right.
func (w *wakeTest) check(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil && !platform.Fresh(w.tested, w.now(), wakeAgain) {
		w.test(ctx)
	}
	if w.err != nil {
		return shipbell.Wrap(shipbell.Unavailable, w.err, sentences.WakeUnavailable)
	}
	return nil
}

// test tests and logs. The lock is held. The messages are what alarms count.
func (w *wakeTest) test(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, wakeTimeout)
	defer cancel()
	begin := w.now()
	w.err = w.probe(ctx)
	w.tested = w.now()
	took := slog.Duration("duration", w.tested.Sub(begin))
	if w.err != nil {
		w.logger.LogAttrs(ctx, slog.LevelError, "deliveries cannot be woken", took, slog.Any("error", w.err))
		return
	}
	w.logger.LogAttrs(ctx, slog.LevelInfo, "deliveries can be woken", took)
}
