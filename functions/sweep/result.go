package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Result is what one call of the function did.
type Result struct {
	// Due and Orphans are how many deliveries messages were sent about: those whose time
	// had come, and those that nobody had attempted.
	Due, Orphans int
	// Bursts is how many bursts messages were sent about, because nobody had closed them.
	Bursts int
	// Registries is how many registries were looked at to the end. One that was looked at
	// less than half a minute ago counts, too.
	Registries int
	// Unfinished is how much is left to the next call because the time was up: the number
	// of registries, and one for what is due and one for changes to settle.
	Unfinished int
	// Failed is how many errors there were. Those who failed are looked at again by the
	// next call.
	Failed int
}

// call is one call of the function. Its methods may be used from many goroutines.
type call struct {
	Deps
	woken  *woken
	mu     sync.Mutex
	result Result
	errs   []error // the first maxErrors
	left   []turn  // of registries that are to be looked at
	begun  int     // how many turns

	// corrected is when due times were last corrected after a clock that was ahead.
	corrected time.Time
	measured  measured
}

// maxErrors is how many errors of a call are told in full: when the store is away, there
// is one for each registry.
const maxErrors = 10

// count changes the result.
func (c *call) count(change func(*Result)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.result)
}

// note takes an error of a part of the work. After the end of ctx the part is unfinished.
func (c *call) note(ctx context.Context, err error) {
	if err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		c.result.Unfinished++
		return
	}
	if c.result.Failed++; len(c.errs) < maxErrors {
		c.errs = append(c.errs, err)
	}
}

// end keeps the place of the next call, tells of this one in one line, and gives its result
// and its errors.
func (c *call) end(ctx context.Context, took time.Duration) (Result, error) {
	if ctx.Err() == nil {
		c.keepPlace(ctx)
	}
	c.result.Unfinished += len(c.left)
	r := c.result
	level := slog.LevelDebug
	switch {
	case r.Unfinished > 0:
		level = slog.LevelWarn
	case r.Due+r.Orphans+r.Bursts+r.Failed > 0:
		level = slog.LevelInfo
	}
	c.Logger.LogAttrs(ctx, level, "sweep",
		slog.Int("due", r.Due), slog.Int("orphans", r.Orphans), slog.Int("bursts", r.Bursts), slog.Int("registries", r.Registries),
		slog.Int("unfinished", r.Unfinished), slog.Int("failed", r.Failed), slog.Duration("duration", took))
	c.measured.end(c.Metrics, r)
	if more := r.Failed - len(c.errs); more > 0 {
		c.errs = append(c.errs, fmt.Errorf("and %d more", more))
	}
	return r, errors.Join(c.errs...)
}
