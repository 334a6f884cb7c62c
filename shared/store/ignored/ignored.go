// Package ignored keeps some of the events that made no deliveries, for people who ask
// why, and counts the others by reason. It promises nothing: what a process had not
// written when it ended is lost, and a flood is counted rather than kept.
package ignored

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Recent is which of a registry's recent events were ignored.
type Recent struct {
	// Events are the newest, the newest first.
	Events []shipbell.IgnoredEvent
	// Counts holds the number of events for each reason since Since, the highest first.
	Counts []ReasonCount
	// Since is zero if nothing was ignored.
	Since time.Time
}

// ReasonCount is how many events were ignored for a reason.
type ReasonCount struct {
	Reason text.Message
	Count  int
}

const (
	// writeEvery and writeBurst bound what the log costs: a process writes at most one
	// batch of a registry in this time, after a few at once. A routine event is written
	// only if nothing was for that time.
	writeEvery = 30 * time.Second
	writeBurst = 6
	// writeTime bounds a write: a registry waits for an answer that does not depend on it.
	writeTime = time.Second

	kept = 24 * time.Hour

	// What Recent reads, and answers.
	maxBatches = 200
	maxEvents  = 100
	maxRoutine = 20
)

// Log is the log of ignored events. It may be used from many goroutines.
type Log struct {
	items platform.Items
	now   func() time.Time

	mu      sync.Mutex
	waiting map[string]*waiting // by registry
}

// New makes a log over the items of a key-value store.
func New(items platform.Items, now func() time.Time) *Log {
	return &Log{items: items, now: now, waiting: map[string]*waiting{}}
}

func partition(registry string) string { return "ignored/" + registry }

// Add remembers events that made no deliveries. They are written now and then, several
// together; until then this process alone answers them. After an error some are
// forgotten.
func (l *Log) Add(ctx context.Context, registry string, events ...shipbell.IgnoredEvent) error {
	if len(events) == 0 {
		return nil
	}
	b, due := l.collect(registry, events)
	if !due {
		return nil
	}
	value, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("encode ignored events of registry %s: %w", registry, err)
	}
	last := b.Events[len(b.Events)-1]
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	return platform.First(l.items.Write(ctx, platform.Write{If: platform.Always, Item: platform.Item{
		// Such an id sorts by time, and differs between processes.
		Key: platform.Key{
			Partition: partition(registry), Sort: string(shipbell.NewDeliveryID(last.At, registry, last.EventID, 0, last.Reason.String())),
		},
		Value: value, Expires: last.At.Add(kept),
	}}))
}

// Recent answers which of a registry's events made no deliveries in the last 24 hours,
// as far back as 200 batches go. It takes one read.
func (l *Log) Recent(ctx context.Context, registry string) (Recent, error) {
	recent, counts := Recent{}, map[string]int{}
	batches, err := l.batches(ctx, registry, platform.Range{Descending: true, Limit: maxBatches})
	for _, b := range batches {
		recent.add(b, counts)
	}
	recent.sort(counts)
	return recent, err
}

// Times tells when the first and the last of the remembered events came; both are zero
// if there is none. It takes two reads.
func (l *Log) Times(ctx context.Context, registry string) (first, last time.Time, err error) {
	for _, descending := range []bool{false, true} {
		batches, err := l.batches(ctx, registry, platform.Range{Descending: descending, Limit: 1})
		if err != nil {
			return first, last, err
		}
		for _, b := range batches {
			if first.IsZero() || b.Since.Before(first) {
				first = b.Since
			}
			if at := b.Events[len(b.Events)-1].At; at.After(last) {
				last = at
			}
		}
	}
	return first, last, nil
}

// batches reads batches that were written and the one of this process that was not.
func (l *Log) batches(ctx context.Context, registry string, r platform.Range) ([]batch, error) {
	r.Partition = partition(registry)
	items, err := l.items.Range(ctx, r)
	if err != nil {
		return nil, err
	}
	batches := make([]batch, len(items), len(items)+1)
	for i, item := range items {
		if json.Unmarshal(item.Value, &batches[i]) != nil {
			batches[i] = batch{} // the log promises nothing, and goes on without it
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.waiting[registry]; w != nil {
		batches = append(batches, w.batch)
	}
	return slices.DeleteFunc(batches, func(b batch) bool { return len(b.Events) == 0 }), nil
}

// add adds a batch, whose newest event is its last.
func (l *Recent) add(b batch, counts map[string]int) {
	if l.Since.IsZero() || b.Since.Before(l.Since) {
		l.Since = b.Since
	}
	for reason, n := range b.Counts {
		counts[reason] += n
	}
	for _, event := range slices.Backward(b.Events) {
		l.Events = append(l.Events, event)
	}
}

// sort sorts the events and the counts and drops events beyond the limits.
func (l *Recent) sort(counts map[string]int) {
	slices.SortStableFunc(l.Events, func(a, b shipbell.IgnoredEvent) int { return b.At.Compare(a.At) })
	routine := 0
	l.Events = slices.DeleteFunc(l.Events, func(event shipbell.IgnoredEvent) bool {
		if event.Routine {
			routine++
		}
		return event.Routine && routine > maxRoutine
	})
	l.Events = l.Events[:min(len(l.Events), maxEvents)]
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for _, reason := range reasons {
		l.Counts = append(l.Counts, ReasonCount{Reason: readReason(reason), Count: counts[reason]})
	}
}
