package shipbell_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestScheduleWait(t *testing.T) {
	t.Parallel()
	schedule := shipbell.Schedule{10 * time.Second, 100 * time.Second}
	for _, test := range []struct {
		n          int
		random     float64
		retryAfter time.Duration
		want       time.Duration
		ok         bool
	}{
		{n: 1, random: 0, want: 8 * time.Second, ok: true},
		{n: 1, random: 0.5, want: 10 * time.Second, ok: true},
		{n: 2, random: 0.75, want: 110 * time.Second, ok: true},
		{n: 1, random: 0.5, retryAfter: time.Second, want: 10 * time.Second, ok: true},
		{n: 1, random: 0.5, retryAfter: 15 * time.Second, want: 15 * time.Second, ok: true},
		{n: 1, random: 0.5, retryAfter: time.Hour, want: 20 * time.Second, ok: true},
		{n: 3},
		{n: 0},
		{n: -1},
	} {
		wait, ok := schedule.Wait(test.n, test.random, test.retryAfter)
		if wait != test.want || ok != test.ok {
			t.Errorf("attempt %d, random %v, Retry-After %v: wait %v %v, want %v %v", test.n, test.random, test.retryAfter, wait, ok, test.want, test.ok)
		}
	}
}

func TestJitterStaysInBounds(t *testing.T) {
	t.Parallel()
	schedule := shipbell.Schedule{5 * time.Second, 12 * time.Hour}
	for i, scheduled := range schedule {
		last := time.Duration(0)
		for random := 0.0; random < 1; random += 0.01 {
			wait, ok := schedule.Wait(i+1, random, 0)
			if !ok || wait < scheduled*8/10 || wait >= scheduled*12/10 || wait <= last {
				t.Errorf("attempt %d, random %.2f: wait %v after %v", i+1, random, wait, last)
			}
			last = wait
		}
	}
}

func TestParseSchedule(t *testing.T) {
	t.Parallel()
	got, err := shipbell.ParseSchedule("5s, 30s,2m,24h")
	if diff := cmp.Diff(shipbell.Schedule{5 * time.Second, 30 * time.Second, 2 * time.Minute, 24 * time.Hour}, got); err != nil || diff != "" {
		t.Errorf("error %v, schedule (-want +got):\n%s", err, diff)
	}
	if _, err := shipbell.ParseSchedule(strings.Repeat("1s,", 49) + "1s"); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "5", "5s,", "0s", "-1s", "24h1ns", "x", strings.Repeat("1s,", 50) + "1s"} {
		if got, err := shipbell.ParseSchedule(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"7d": 7 * 24 * time.Hour, "1d12h30m": 36*time.Hour + 30*time.Minute, "0d": 0, "90m": 90 * time.Minute, "-5s": -5 * time.Second,
	} {
		if got, err := shipbell.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "1.5d", "36501d", "70000d", "1d24h", "1d-1h", "1d1d", "1h1d", "1d 1h", "7"} {
		if got, err := shipbell.ParseDuration(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}
