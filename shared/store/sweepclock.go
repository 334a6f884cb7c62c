package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// sweepClockFor is how long a sweep may go on by a clock that was stored. By at most so
// much can due times be too late that nothing corrects.
const sweepClockFor = 2 * Grace

func sweepClockKey() platform.Key { return platform.Key{Partition: "sweep-clock", Sort: "latest"} }

// sweepClock is the clock of a sweep.
type sweepClock struct {
	// At is what it said when it was stored.
	At time.Time `json:"at"`
	// Again is when due times are to be corrected once more: of what a process stores that
	// has not yet read that its clock is ahead. Zero if there is nothing to correct.
	Again time.Time `json:"again,omitzero"`
}

// CheckClock is called by each sweep before it changes a due time. It stores the sweep's
// clock, unless one was stored a moment ago. If the one stored is further ahead of now
// than clocks may differ, or none is, it corrects what was stored by a clock that was
// ahead, as CorrectDue does: at once and once more after Grace. It answers whether it did,
// and how many deliveries it has changed.
func (s *Store) CheckClock(ctx context.Context, now time.Time) (corrected bool, changed int, err error) {
	for {
		corrected, changed, err = s.checkClock(ctx, now)
		if !errors.Is(err, platform.ErrConflict) {
			return corrected, changed, err
		}
		// Another sweep stored its clock meanwhile, which may be ahead.
	}
}

func (s *Store) checkClock(ctx context.Context, now time.Time) (corrected bool, changed int, err error) {
	items, err := s.items.Get(ctx, sweepClockKey())
	if err != nil {
		return false, 0, fmt.Errorf("read the clock of the last sweep: %w", err)
	}
	var last sweepClock
	unchanged := platform.Absent
	if items[0].Version > 0 {
		unchanged = platform.AtVersion(items[0].Version)
	}
	if s.decode(ctx, items[0], &last) != nil {
		last, unchanged = sweepClock{}, platform.Always // decode may have begun to fill it
	}
	next := sweepClock{At: now.UTC()}
	first := last.At.IsZero()
	switch {
	case first:
	case last.At.After(now.Add(shipbell.MaxSkew)):
		corrected, next.Again = true, now.Add(Grace).UTC()
	case !last.Again.IsZero() && !last.Again.After(now):
		corrected = true
	case now.Sub(last.At) < sweepClockFor:
		return false, 0, nil
	default:
		next.Again = last.Again
	}
	if first || corrected {
		if changed, err = s.CorrectDue(ctx, now); err != nil {
			return false, changed, err
		}
	}
	return corrected, changed, s.put(ctx, sweepClockKey(), next, unchanged)
}
