package shipbell

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Schedule is the waits after the first, second, … failed attempt of a
// delivery. A delivery whose attempt fails after the last wait has failed.
type Schedule []time.Duration

// jitter is how far a wait may be drawn from its schedule, to either side.
const jitter = 0.2

// Wait is how long to wait after failed attempt n (from 1) of a schedule, with
// random in [0, 1) drawing the jitter. A target's own Retry-After is honoured up
// to twice the scheduled wait and never shortens it. ok is false when the
// schedule is spent.
func (s Schedule) Wait(n int, random float64, retryAfter time.Duration) (wait time.Duration, ok bool) {
	if n < 1 || n > len(s) {
		return 0, false
	}
	scheduled := s[n-1]
	wait = time.Duration(float64(scheduled) * (1 - jitter + 2*jitter*random))
	return max(wait, min(retryAfter, 2*scheduled)), true
}

// Length is the sum of the waits.
func (s Schedule) Length() time.Duration {
	var sum time.Duration
	for _, wait := range s {
		sum += wait
	}
	return sum
}

// Longest is the most time that can pass from a schedule's begin to its last attempt,
// without the attempts themselves: a target may ask for twice each wait.
func (s Schedule) Longest() time.Duration { return 2 * s.Length() }

// ParseDuration is time.ParseDuration with whole days of 24 hours in front, as in 7d or
// 1d12h.
func ParseDuration(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		return time.ParseDuration(text)
	}
	const most = 36_500 // a hundred years
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil || n > most {
		return 0, fmt.Errorf("%q does not begin with a number of days up to %d", text, most)
	}
	d := time.Duration(n) * 24 * time.Hour
	if rest == "" {
		return d, nil
	}
	more, err := time.ParseDuration(rest)
	if err != nil || more < 0 || more >= 24*time.Hour {
		return 0, fmt.Errorf("%q: what follows the days is not a duration under 24h", text)
	}
	return d + more, nil
}

// ParseSchedule reads waits such as "5s,30s,2m": at most 50, each up to 24 hours.
func ParseSchedule(text string) (Schedule, error) {
	var s Schedule
	for part := range strings.SplitSeq(text, ",") {
		wait, err := ParseDuration(strings.TrimSpace(part))
		if err != nil || wait <= 0 || wait > 24*time.Hour {
			return nil, fmt.Errorf("%q is not a wait between 1ns and 24h, such as 5s or 10m", part)
		}
		s = append(s, wait)
	}
	if len(s) > 50 {
		return nil, fmt.Errorf("%d waits: at most 50", len(s))
	}
	return s, nil
}
