package platform_test

import (
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/test/storetest"
)

func TestFresh(t *testing.T) {
	t.Parallel()
	at := time.Now()
	for name, test := range map[string]struct {
		now  time.Time
		want bool
	}{
		"at once":                     {at, true},
		"within the limit":            {at.Add(time.Second - 1), true},
		"at the limit":                {at.Add(time.Second), false},
		"frozen for an hour":          {storetest.AfterFreeze(at.Add(time.Millisecond), time.Hour), false},
		"set back by a second":        {storetest.AfterFreeze(at.Add(time.Millisecond), -time.Second), false},
		"set back, and an hour later": {storetest.AfterFreeze(at.Add(time.Hour), -time.Hour), false},
		"by the wall clock alone":     {at.Round(0).Add(time.Second), false},
	} {
		if got := platform.Fresh(at, test.now, time.Second); got != test.want {
			t.Errorf("%s: fresh is %t", name, got)
		}
	}
	if frozen := storetest.AfterFreeze(at, time.Hour); frozen.Sub(at) != 0 || frozen.Round(0).Sub(at.Round(0)) != time.Hour {
		t.Errorf("the freeze is %v by the monotonic clock and %v by the wall clock", frozen.Sub(at), frozen.Round(0).Sub(at.Round(0)))
	}
}
