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

// standing is how a delivery stood when it was looked at.
type standing struct {
	id         shipbell.DeliveryID
	Status     shipbell.Status `json:"status"`
	LeaseUntil time.Time       `json:"lease_until"`
	Attempts   []struct{}      `json:"attempts"`
}

// readStanding decodes of a delivery what it takes to count it.
func readStanding(item platform.Item) (standing, error) {
	one := standing{id: shipbell.DeliveryID(item.Sort)}
	if err := json.Unmarshal(item.Value, &one); err != nil {
		return one, fmt.Errorf("decode delivery %s: %w", item.Sort, err)
	}
	return one, nil
}

// counts counts the delivery: one that is pending is failing.
func (s *standing) counts() Counts {
	switch s.Status {
	case shipbell.Succeeded:
		return Counts{Succeeded: 1}
	case shipbell.Cancelled:
		return Counts{Cancelled: 1}
	}
	return Counts{Failing: 1}
}

// statsKept is how long an hour's counts are kept.
const statsKept = 8 * 24 * time.Hour

func statsPartition(registry string) string { return "stats/" + registry }

// statsSort orders the hours by their beginning.
func statsSort(hour time.Time) string { return hour.UTC().Format(statsLayout) }

const statsLayout = "2006-01-02T15"

// Settle counts a page of deliveries for the statistics and then remembers how
// far the registry has been looked through, both up to settled: what is younger
// is looked at again. It may be called again for the same page, by anybody.
func (s *Store) Settle(ctx context.Context, registry string, looked Looked, settled shipbell.DeliveryID) error {
	stood, _ := split(looked.stood, settled)
	for len(stood) > 0 {
		hour := stood[0].id.ReceivedAt().Truncate(time.Hour)
		var page []standing
		page, stood = split(stood, shipbell.FirstDeliveryID(hour.Add(time.Hour)))
		if err := s.count(ctx, registry, hour, page); err != nil {
			return err
		}
	}
	return s.put(ctx, checkpointKey(registry), min(looked.Next, settled), platform.Always)
}

// split parts deliveries, in the order of their ids, into those before an id and
// the rest.
func split(stood []standing, at shipbell.DeliveryID) (before, rest []standing) {
	n, _ := slices.BinarySearchFunc(stood, at, func(one standing, id shipbell.DeliveryID) int { return cmp.Compare(one.id, id) })
	return stood[:n], stood[n:]
}

// count adds deliveries to the counts of the hour that they were received in,
// leaving out those that are counted already.
func (s *Store) count(ctx context.Context, registry string, hour time.Time, stood []standing) error {
	expires := hour.Add(statsKept)
	if !expires.After(s.o.Now()) {
		return nil
	}
	return retry(ctx, func() error {
		items, err := s.o.KV.Get(ctx, platform.Key{Partition: statsPartition(registry), Sort: statsSort(hour)})
		if err != nil {
			return unavailable(err)
		}
		through, counted := readHour(items[0])
		_, fresh := split(stood, through+"\x00")
		if len(fresh) == 0 {
			return nil
		}
		for _, one := range fresh {
			counted.add(one.id.TriggerID(), one.counts())
		}
		value := append([]byte(fresh[len(fresh)-1].id), counted.pack()...)
		return s.write(ctx, platform.Write{
			Item: platform.Item{Key: items[0].Key, Value: value, Expires: expires}, If: platform.Condition(items[0].Version),
		})
	})
}

// readHour reads an hour: the last delivery that is counted, and the counts behind it,
// packed. Deliveries are counted in the order of their ids, so no crash or second
// sweep counts one twice. An hour that cannot be read begins anew: nothing that sweep
// must do may wait for statistics.
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
