package stats

import (
	"context"
	"time"
)

// EventTimes is when the first and the last of a registry's events came, of those that
// are still known: the ones that made deliveries, and the ones that were ignored in the
// last 24 hours. Both are zero if no event is known.
type EventTimes struct {
	First, Last time.Time
}

// EventTimes tells when a registry's events came. It takes four reads of one item.
func (c *Counter) EventTimes(ctx context.Context, registry string) (EventTimes, error) {
	var t EventTimes
	for _, read := range []func(context.Context, string) (first, last time.Time, err error){
		c.store.ReceiptTimes, c.store.Ignored().Times,
	} {
		first, last, err := read(ctx, registry)
		if err != nil {
			return t, err
		}
		if t.First.IsZero() || !first.IsZero() && first.Before(t.First) {
			t.First = first
		}
		if last.After(t.Last) {
			t.Last = last
		}
	}
	return t, nil
}
