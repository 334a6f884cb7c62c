package stats

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// FailingTarget is a target whose newest deliveries did not succeed.
type FailingTarget struct {
	// Newest is the newest of them, with its trigger, its target and its attempts.
	Newest shipbell.Delivery
	// Count is how many there are one after the other, and Since when the event of
	// the first was received: both as far as Failing looks.
	Count int
	Since time.Time
}

// What Failing looks at.
const (
	failingTriggers   = 10
	failingDeliveries = 10 // of each trigger
)

// Failing answers the targets of enabled triggers whose newest attempted delivery did
// not succeed. It looks at ten triggers at most, those with failing deliveries in the
// latest of the hours given, and at the newest ten deliveries of each.
func (c *Counter) Failing(ctx context.Context, registry string, stats Stats) ([]FailingTarget, error) {
	triggers := recentlyFailing(stats)
	if len(triggers) == 0 {
		return nil, nil
	}
	rules, err := c.store.Rules(ctx, registry)
	if err != nil {
		return nil, err
	}
	deliveries, err := c.store.NewestOf(ctx, registry, failingDeliveries, triggers...)
	if err != nil {
		return nil, err
	}
	f := failures{place: map[destination]int{}, recovered: map[destination]bool{}}
	for i := range deliveries {
		d := &deliveries[i]
		if target, reason := rules.Destination(d); reason == "" {
			f.look(d, destination{d.TriggerID, target.ID})
		}
	}
	return f.targets, nil
}

// recentlyFailing are the triggers with failing deliveries: those of the latest hour
// first, and within an hour those with most of them.
func recentlyFailing(stats Stats) []shipbell.ID {
	var triggers []shipbell.ID
	for _, hour := range slices.Backward(stats.Hours) {
		worst := slices.Clone(hour.Triggers)
		slices.SortStableFunc(worst, func(a, b TriggerCounts) int { return cmp.Compare(b.Failing, a.Failing) })
		for _, one := range worst {
			if one.Failing == 0 {
				break
			}
			if one.Trigger != 0 && !slices.Contains(triggers, one.Trigger) {
				triggers = append(triggers, one.Trigger)
			}
			if len(triggers) == failingTriggers {
				return triggers
			}
		}
	}
	return triggers
}

// destination is a target of a trigger.
type destination struct {
	trigger shipbell.ID
	target  shipbell.TargetID
}

// failures are the failing targets among deliveries that come newest first.
type failures struct {
	targets []FailingTarget
	// place is where in targets a destination is.
	place map[destination]int
	// recovered are the destinations of which a success was seen: older deliveries do
	// not count.
	recovered map[destination]bool
}

// look takes the next delivery into account, which goes to a destination.
func (f *failures) look(d *shipbell.Delivery, at destination) {
	failed := d.Status == shipbell.Failed || d.Status == shipbell.Pending && store.AttemptFailed(d)
	switch {
	case f.recovered[at], d.Cleared(), !d.Delivered && !failed: // nothing is known of one without an outcome
		return
	case d.Delivered:
		f.recovered[at] = true
		return
	}
	i, found := f.place[at]
	if !found {
		i = len(f.targets)
		f.place[at] = i
		f.targets = append(f.targets, FailingTarget{Newest: *d})
	}
	f.targets[i].Count++
	f.targets[i].Since = d.CreatedAt
}
