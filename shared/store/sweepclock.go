package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// clockFor is how long a process may go on by a clock that was stored. By at most so much
// can due times be too late that nothing corrects.
const clockFor = 2 * Grace

func clockKey() platform.Key { return platform.Key{Partition: "sweep-clock", Sort: "latest"} }

// latestClock is the clock of a process that stored when deliveries are to be looked at.
type latestClock struct {
	// At is what it said when it was stored.
	At time.Time `json:"at"`
	// Again is when due times are to be corrected once more: of what a process stores that
	// has not yet read that its clock is ahead. Zero if there is nothing to correct.
	Again time.Time `json:"again,omitzero"`
	// Corrected is when they were last corrected.
	Corrected time.Time `json:"corrected,omitzero"`
}

// CheckClock is called by each sweep before it changes a due time. It stores the sweep's
// clock, unless one was stored a moment ago. If the one stored is further ahead of now
// than clocks may differ, or none is, it corrects what was stored by a clock that was
// ahead, as CorrectDue does: at once and once more after Grace. It answers when a sweep
// last did so because of a clock, zero if none did, and how many deliveries this one has
// changed.
func (s *Store) CheckClock(ctx context.Context, now time.Time) (corrected time.Time, changed int, err error) {
	for {
		corrected, changed, err = s.checkClock(ctx, now)
		if !errors.Is(err, platform.ErrConflict) {
			return corrected, changed, err
		}
		// Another sweep stored its clock meanwhile, which may be ahead.
	}
}

func (s *Store) checkClock(ctx context.Context, now time.Time) (corrected time.Time, changed int, err error) {
	last, unchanged, err := s.readClock(ctx)
	if err != nil {
		return time.Time{}, 0, err
	}
	next := latestClock{At: now.UTC(), Again: last.Again, Corrected: last.Corrected}
	correct := true
	switch {
	case last.At.IsZero(): // perhaps a clock was ahead before there was such a record
		next.Again = now.Add(Grace).UTC()
	case last.At.After(now.Add(shipbell.MaxSkew)):
		next.Again, next.Corrected = now.Add(Grace).UTC(), now.UTC()
	case !last.Again.IsZero() && !last.Again.After(now):
		next.Again, next.Corrected = time.Time{}, now.UTC()
	case now.Sub(last.At) < clockFor:
		return last.Corrected, 0, nil
	default:
		correct = false
	}
	if correct {
		if changed, err = s.CorrectDue(ctx, now); err != nil {
			return time.Time{}, changed, err
		}
	}
	return next.Corrected, changed, s.put(ctx, clockKey(), next, unchanged)
}

// keepClock is called by each process before it stores by its clock when a delivery is to
// be looked at. It stores the clock, unless one as late was stored, so that a sweep whose
// clock is right learns of one that is ahead. It costs a read and a write every two minutes.
func (s *Store) keepClock(ctx context.Context) error {
	now := s.o.Now()
	for {
		s.mu.Lock()
		kept := now.Sub(s.clock) < clockFor
		s.mu.Unlock()
		if kept {
			return nil
		}
		last, unchanged, err := s.readClock(ctx)
		if err != nil {
			return err
		}
		if now.Sub(last.At) >= clockFor {
			if last.At.IsZero() {
				last.Again = now.Add(Grace).UTC() // as checkClock does
			}
			last.At = now.UTC()
			if err := s.put(ctx, clockKey(), last, unchanged); errors.Is(err, platform.ErrConflict) {
				continue // another process stored its clock meanwhile
			} else if err != nil {
				return err
			}
		}
		s.mu.Lock()
		s.clock = last.At
		s.mu.Unlock()
	}
}

// readClock reads the latest clock, zero if there is none or it cannot be read, and the
// condition that it is still the one that was read.
func (s *Store) readClock(ctx context.Context) (last latestClock, unchanged platform.Condition, err error) {
	items, err := s.items.Get(ctx, clockKey())
	if err != nil {
		return last, unchanged, fmt.Errorf("read the latest clock: %w", err)
	}
	unchanged = platform.Absent
	if items[0].Version > 0 {
		unchanged = platform.AtVersion(items[0].Version)
	}
	if s.decode(ctx, items[0], &last) != nil {
		last, unchanged = latestClock{}, platform.Always // decode may have begun to fill it
	}
	return last, unchanged, nil
}
