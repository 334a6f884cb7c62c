package platform

import "time"

// Fresh reports whether what was read at a time may still be used now: whether it is
// younger than limit by the wall clock and by the monotonic clock. The monotonic clock
// may stop while a function is frozen, and the wall clock may be set; the larger of the
// two differences counts, and after a step back of the wall clock nothing is fresh.
func Fresh(at, now time.Time, limit time.Duration) bool {
	wall := now.Round(0).Sub(at.Round(0))
	return wall >= 0 && max(wall, now.Sub(at)) < limit
}
