package platform_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// TestRetry makes tries of calls that leave more or less of their work, and gives up
// those alone that get no further.
func TestRetry(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	for name, test := range map[string]struct {
		left  func(try int) int // after a try, from 1
		limit time.Duration     // of the caller; 0 is none
		tries int
		fails bool
	}{
		"done at once":               {func(int) int { return 0 }, 0, 1, false},
		"done at the last try":       {func(try int) int { return 1 - try/6 }, 0, 6, false},
		"never":                      {func(int) int { return 1 }, 0, 6, true},
		"a little less with each":    {func(try int) int { return 50 - try }, 0, 50, false},
		"less, then no more":         {func(try int) int { return max(20-try, 10) }, 0, 15, true},
		"more than before":           {func(try int) int { return try }, 0, 6, true},
		"in the time that is left":   {func(int) int { return 1 }, 300 * time.Millisecond, 4, true},
		"without time for a wait":    {func(int) int { return 1 }, time.Millisecond, 1, true},
		"with progress, out of time": {func(try int) int { return 1000 - try }, 500 * time.Millisecond, 0, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if test.limit > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, test.limit)
				defer cancel()
			}
			tries := 0
			err := platform.Retry(ctx, func() (int, error) {
				tries++
				if left := test.left(tries); left > 0 {
					return left, away
				}
				return 0, nil
			})
			if test.tries != 0 && tries != test.tries {
				t.Errorf("%s: %d tries, want %d", name, tries, test.tries)
			}
			if want := map[bool]error{true: away}[test.fails]; err != want {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
			if ctx.Err() != nil {
				t.Errorf("%s: it used all the time that its caller had", name)
			}
		})
	}
	final := errors.New("refused")
	if err := platform.Retry(t.Context(), func() (int, error) { return 0, final }); err != final {
		t.Errorf("an error that will not pass gave %v", err)
	}
}
