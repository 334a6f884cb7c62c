package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
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

// Failing answers the targets that fail now: those that enabled triggers have and
// whose newest attempted delivery did not succeed. It looks at ten triggers at
// most, those with failing deliveries in the latest of the hours given, and at
// the newest ten deliveries of each.
func (s *Store) Failing(ctx context.Context, registry string, stats Stats) ([]FailingTarget, error) {
	triggers := failingLately(stats)
	if len(triggers) == 0 {
		return nil, nil
	}
	targets, err := s.targets(ctx, registry, triggers)
	if err != nil {
		return nil, err
	}
	var ids []shipbell.DeliveryID
	for _, id := range triggers {
		entries, err := s.o.KV.Range(ctx, platform.Range{
			Partition: triggerDeliveryPartition(registry, id), Descending: true, Limit: failingDeliveries,
		})
		if err != nil {
			return nil, unavailable(err)
		}
		for _, entry := range entries {
			ids = append(ids, shipbell.DeliveryID(entry.Sort))
		}
	}
	var failing []FailingTarget
	for chunk := range slices.Chunk(ids, 100) {
		deliveries, err := s.deliveries(ctx, registry, chunk...)
		if err != nil {
			return nil, err
		}
		for i := range deliveries {
			failing = targets.look(failing, &deliveries[i])
		}
	}
	return failing, nil
}

// failingLately are the triggers with failing deliveries, the latest hour's first
// and of an hour those with the most.
func failingLately(stats Stats) []shipbell.ID {
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

// place is a target of a trigger.
type place struct {
	trigger shipbell.ID
	url     string
}

// targets are places that may be failing; a place that is looked through is
// taken out.
type targets map[place]bool

// targets reads the targets of triggers, leaving out those that are disabled or
// gone.
func (s *Store) targets(ctx context.Context, registry string, triggers []shipbell.ID) (targets, error) {
	keys := make([]platform.Key, len(triggers))
	for i, id := range triggers {
		keys[i] = triggerKey(registry, id)
	}
	items, err := s.o.KV.Get(ctx, keys...)
	if err != nil {
		return nil, unavailable(err)
	}
	open := targets{}
	for i, item := range items {
		var stored storedTrigger
		if item.Version == 0 {
			continue
		}
		if err := json.Unmarshal(item.Value, &stored); err != nil {
			return nil, fmt.Errorf("decode trigger %s of %s: %w", item.Sort, registry, err)
		}
		for _, target := range stored.Targets {
			open[place{triggers[i], target.URL}] = stored.Enabled
		}
	}
	return open, nil
}

// look takes one more delivery into account; they come newest first.
func (t targets) look(failing []FailingTarget, d *shipbell.Delivery) []FailingTarget {
	at := place{d.TriggerID, d.TargetURL}
	failed := d.Status == shipbell.Failed || d.Status == shipbell.Pending && hasFailed(len(d.Attempts), d.LeaseUntil)
	switch {
	case !t[at], !d.Delivered && !failed: // one that nobody could take yet tells nothing
		return failing
	case d.Delivered:
		delete(t, at)
		return failing
	}
	i := slices.IndexFunc(failing, func(f FailingTarget) bool { return at == place{f.Newest.TriggerID, f.Newest.TargetURL} })
	if i < 0 {
		i = len(failing)
		failing = append(failing, FailingTarget{Newest: *d})
	}
	failing[i].Count++
	failing[i].Since = d.CreatedAt
	return failing
}
