package shipbell_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestRetry reads the waits of triggers, and refuses those out of bounds.
func TestRetry(t *testing.T) {
	t.Parallel()
	server := shipbell.Schedule{time.Hour}
	twenty := slices.Repeat(shipbell.Retry{"8h"}, 20)
	for _, test := range []struct {
		retry shipbell.Retry
		want  shipbell.Schedule // nil if it is refused
		wrong []string
	}{
		{nil, server, nil},
		{shipbell.Retry{}, server, nil},
		{shipbell.Retry{"none"}, shipbell.Schedule{}, nil},
		{shipbell.Retry{"1s", "1m30s", "24h"}, shipbell.Schedule{time.Second, 90 * time.Second, 24 * time.Hour}, nil},
		{twenty, slices.Repeat(shipbell.Schedule{8 * time.Hour}, 20), nil},
		{append(slices.Clone(twenty), "8h"), nil, []string{"retry"}},
		{slices.Repeat(shipbell.Retry{"24h"}, 7), slices.Repeat(shipbell.Schedule{24 * time.Hour}, 7), nil},
		{append(slices.Repeat(shipbell.Retry{"24h"}, 7), "1s"), nil, []string{"retry"}},
		{shipbell.Retry{"none", "5s"}, nil, []string{"retry[0]"}},
		{shipbell.Retry{"5s", "0s", "-5s", "999ms", "24h1s", "5", "soon", ""}, nil, []string{"retry[1]", "retry[2]", "retry[3]", "retry[4]", "retry[5]", "retry[6]", "retry[7]"}},
	} {
		trigger := good()
		trigger.Retry = test.retry
		if diff := cmp.Diff(test.wrong, wrong(t, trigger.Validate())); diff != "" {
			t.Errorf("%q is wrong in (-want +got):\n%s", test.retry, diff)
		}
		if got := test.retry.Schedule(server); test.want != nil && !cmp.Equal(got, test.want) {
			t.Errorf("%q waits %v, want %v", test.retry, got, test.want)
		}
	}
}
