// Package stats answers what the deliveries of a registry add up to: counts by hour and
// trigger, failing targets, what waits, and when events came. Sweep counts every
// delivery once, when it is store.Grace old; this package keeps the counts beside the
// store and adds the deliveries that are not counted yet.
package stats

import (
	"context"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// Counter counts the deliveries of a store. It keeps nothing in memory.
type Counter struct{ store *store.Store }

// New makes a counter of a store's deliveries.
func New(s *store.Store) *Counter { return &Counter{s} }

// Hour holds the status counts of the deliveries that a registry received in one hour,
// with the status that each had a minute later, or when sweep first saw it. A delivery
// that was still pending then counts as failing, whatever became of it. A delivery of
// the last minute counts with its present status, but not before its first attempt has
// ended, and not if there are more than 200 of them.
type Hour struct {
	// Start is when the hour begins.
	Start time.Time
	// Counts are those of all triggers together.
	Counts
	// Triggers are those that had any, in the order of their ids. Triggers beyond the
	// first 2,000 of an hour are counted under the id 0.
	Triggers []TriggerCounts
}

// Of is the counts of one trigger in the hour.
func (h Hour) Of(id shipbell.ID) Counts { return tally(h.Triggers).of(id) }

// Stats are the hours of a registry one after the other, without a gap.
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
func (c *Counter) Stats(ctx context.Context, registry string, since, until time.Time) (Stats, error) {
	now := c.store.Now()
	if oldest := now.Add(-kept); since.Before(oldest) {
		since = oldest
	}
	since = since.UTC().Truncate(time.Hour)
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
	through, err := c.counted(ctx, registry, stats.Hours, end)
	if err != nil {
		return Stats{}, err
	}
	recent, _, err := c.recent(ctx, registry, through, shipbell.FirstDeliveryID(end))
	if err != nil {
		return Stats{}, err
	}
	for i := range recent {
		one := &recent[i]
		if one.Status == shipbell.Pending && !one.AttemptFailed() {
			continue
		}
		hour := &stats.Hours[one.ID.ReceivedAt().Sub(since)/time.Hour]
		(*tally)(&hour.Triggers).add(one.ID.TriggerID(), countsOf(one))
	}
	for i := range stats.Hours {
		for _, one := range stats.Hours[i].Triggers {
			stats.Hours[i].Counts.add(one.Counts)
		}
	}
	return stats, nil
}

// counted fills in the counts of hours that follow one another, and answers from which
// id on nothing is counted yet.
func (c *Counter) counted(ctx context.Context, registry string, hours []Hour, end time.Time) (shipbell.DeliveryID, error) {
	since := hours[0].Start
	through := shipbell.FirstDeliveryID(since)
	items, err := c.store.Items().Range(ctx, platform.Range{
		Partition: partition(registry), From: sortKey(since), To: sortKey(end), Limit: 1000,
	})
	if err != nil {
		return "", err
	}
	for _, item := range items {
		start, err := time.Parse(layout, item.Sort)
		if err != nil {
			continue // it is no hour's
		}
		last, counted := readHour(item)
		hours[start.Sub(since)/time.Hour].Triggers = counted
		through = max(through, last+"\x00")
	}
	return through, nil
}

// maxRecent bounds how many deliveries are read that are not counted yet.
const maxRecent = 200

// recent reads the deliveries between two ids that sweep has not counted yet. If there
// are more than maxRecent, which takes more than three a second, it answers none and
// more.
func (c *Counter) recent(ctx context.Context, registry string, from, before shipbell.DeliveryID) (states []store.State, more bool, err error) {
	page, err := c.store.Scan(ctx, registry, from, before, maxRecent+1)
	if err != nil || len(page.States) > maxRecent {
		return nil, err == nil, err
	}
	return page.States, false, nil
}
