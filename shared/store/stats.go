package store

import (
	"context"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Hour is how the deliveries that a registry received in one hour stood a minute
// after they arrived, or when sweep came by if that was later. What was still
// pending then, because an attempt had failed or none was made, counts as
// failing, whatever came of it afterwards. Deliveries whose minute is not over
// count as they stand now, and not at all before their first attempt has ended, or
// while there are more than 200 of them.
type Hour struct {
	// Start is when the hour begins.
	Start time.Time
	// Counts are those of all triggers together.
	Counts
	// Triggers are those that had any, in the order of their ids. What triggers
	// beyond the first 2,000 of an hour had stands under the id 0.
	Triggers []TriggerCounts
}

// Of is the counts of one trigger in the hour.
func (h Hour) Of(id shipbell.ID) Counts { return tally(h.Triggers).of(id) }

// Stats are the hours of a registry one after the other, without a hole.
type Stats struct {
	Hours []Hour
}

// Total is the counts of all hours and triggers together.
func (s Stats) Total() Counts {
	var sum Counts
	for i := range s.Hours {
		sum.add(s.Hours[i].Counts)
	}
	return sum
}

// Of is the counts of one trigger in all hours together.
func (s Stats) Of(id shipbell.ID) Counts {
	var sum Counts
	for i := range s.Hours {
		sum.add(s.Hours[i].Of(id))
	}
	return sum
}

// Stats reads the statistics of a registry from the hour of since to that of
// until, as far as they are kept, which is 8 days. It takes two reads.
func (s *Store) Stats(ctx context.Context, registry string, since, until time.Time) (Stats, error) {
	now := s.o.Now()
	since = later(since, now.Add(-statsKept)).UTC().Truncate(time.Hour)
	if until.After(now) {
		until = now
	}
	var stats Stats
	end := since
	for ; !end.After(until); end = end.Add(time.Hour) {
		stats.Hours = append(stats.Hours, Hour{Start: end})
	}
	if len(stats.Hours) == 0 {
		return stats, nil
	}
	through, err := s.settled(ctx, registry, stats.Hours, end)
	if err != nil {
		return Stats{}, err
	}
	young, _, err := s.young(ctx, registry, through, shipbell.FirstDeliveryID(end))
	if err != nil {
		return Stats{}, err
	}
	for _, one := range young {
		if one.Status == shipbell.Pending && !hasFailed(len(one.Attempts), one.LeaseUntil) {
			continue
		}
		hour := &stats.Hours[one.id.ReceivedAt().Sub(since)/time.Hour]
		(*tally)(&hour.Triggers).add(one.id.TriggerID(), one.counts())
	}
	for i := range stats.Hours {
		for _, one := range stats.Hours[i].Triggers {
			stats.Hours[i].Counts.add(one.Counts)
		}
	}
	return stats, nil
}

// settled fills in what sweep has counted of hours that follow one another, and
// answers from which id on nothing is counted yet.
func (s *Store) settled(ctx context.Context, registry string, hours []Hour, end time.Time) (shipbell.DeliveryID, error) {
	since := hours[0].Start
	through := shipbell.FirstDeliveryID(since)
	items, err := s.o.KV.Range(ctx, platform.Range{
		Partition: statsPartition(registry), From: statsSort(since), To: statsSort(end), Limit: 1000,
	})
	if err != nil {
		return "", unavailable(err)
	}
	for _, item := range items {
		start, err := time.Parse(statsLayout, item.Sort)
		if err != nil {
			return "", fmt.Errorf("decode the hour %q of registry %s: %w", item.Sort, registry, err)
		}
		last, counted := readHour(item)
		hours[start.Sub(since)/time.Hour].Triggers = counted
		through = max(through, last+"\x00")
	}
	return through, nil
}

// maxYoung bounds how many deliveries are read that sweep has not counted yet.
const maxYoung = 200

// young reads the deliveries that sweep has not counted yet. If there are more
// than maxYoung, which takes more than three a second, it answers none and more.
func (s *Store) young(ctx context.Context, registry string, from, to shipbell.DeliveryID) (stood []standing, more bool, err error) {
	items, err := s.o.KV.Range(ctx, platform.Range{
		Partition: deliveryPartition(registry), From: string(from), To: string(to), Limit: maxYoung + 1,
	})
	if err != nil {
		return nil, false, unavailable(err)
	}
	if len(items) > maxYoung {
		return nil, true, nil
	}
	for _, item := range items {
		one, err := readStanding(item)
		if err != nil {
			return nil, false, err
		}
		stood = append(stood, one)
	}
	return stood, false, nil
}

// hasFailed reports whether an attempt of a pending delivery has come to nothing:
// the last of its attempts may still be under way.
func hasFailed(attempts int, leaseUntil time.Time) bool {
	return attempts > 1 || attempts == 1 && leaseUntil.IsZero()
}
