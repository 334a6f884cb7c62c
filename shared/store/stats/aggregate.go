package stats

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// countsOf counts one delivery. A pending one is failing.
func countsOf(state *store.State) Counts {
	switch state.Status {
	case shipbell.Succeeded:
		return Counts{Succeeded: 1}
	case shipbell.Cancelled:
		return Counts{Cancelled: 1}
	}
	return Counts{Failing: 1}
}

// kept is how long an hour's counts are kept.
const kept = 8 * 24 * time.Hour

func partition(registry string) string { return "stats/" + registry }

// sortKey orders the hours by their beginning.
func sortKey(hour time.Time) string { return hour.UTC().Format(layout) }

const layout = "2006-01-02T15"

// Aggregate counts deliveries, in the order of their ids. Those that are counted already
// are not counted again.
func (c *Counter) Aggregate(ctx context.Context, registry string, states []store.State) error {
	for len(states) > 0 {
		hour := states[0].ID.ReceivedAt().Truncate(time.Hour)
		var ofHour []store.State
		ofHour, states = split(states, shipbell.FirstDeliveryID(hour.Add(time.Hour)))
		if err := c.count(ctx, registry, hour, ofHour); err != nil {
			return err
		}
	}
	return nil
}

// split parts states, in the order of their ids, into those before an id and the rest.
func split(states []store.State, at shipbell.DeliveryID) (before, rest []store.State) {
	n, _ := slices.BinarySearchFunc(states, at, func(one store.State, id shipbell.DeliveryID) int { return cmp.Compare(one.ID, id) })
	return states[:n], states[n:]
}

// count adds deliveries to the counts of the hour in which they were received, but for
// those that are counted already.
func (c *Counter) count(ctx context.Context, registry string, hour time.Time, states []store.State) error {
	expires := hour.Add(kept)
	if !expires.After(c.store.Now()) {
		return nil
	}
	key := platform.Key{Partition: partition(registry), Sort: sortKey(hour)}
	return c.store.Update(ctx, key, func(item *platform.Item) bool {
		through, counted := readHour(*item)
		_, uncounted := split(states, through+"\x00")
		if len(uncounted) == 0 {
			return false
		}
		for i := range uncounted {
			counted.add(uncounted[i].ID.TriggerID(), countsOf(&uncounted[i]))
		}
		last := uncounted[len(uncounted)-1].ID
		item.Value, item.Expires = append([]byte(last), counted.pack()...), expires
		return true
	})
}

// readHour reads an hour's record: the id of the last delivery that is counted, then the
// packed counts. Deliveries are counted in the order of their ids, so no crash or second
// sweep counts one twice. An hour that cannot be read begins again at zero, because
// sweep must not stop for statistics.
func readHour(item platform.Item) (through shipbell.DeliveryID, counted tally) {
	const idBytes = 26
	if len(item.Value) < idBytes {
		return "", nil
	}
	through, err := shipbell.ParseDeliveryID(string(item.Value[:idBytes]))
	if err != nil {
		return "", nil
	}
	if counted, err = unpack(item.Value[idBytes:]); err != nil {
		return "", nil
	}
	return through, counted
}
