package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Ignored is an event that made no delivery, and why.
type Ignored struct {
	// At is when it came.
	At      time.Time `json:"at"`
	EventID string    `json:"event_id,omitempty"`
	// Action, Repository and Tag are what it was about, as far as is known.
	Action     shipbell.Action `json:"action,omitempty"`
	Repository string          `json:"repository,omitempty"`
	Tag        string          `json:"tag,omitempty"`
	Reason     text.Message    `json:"reason"`
	// Routine events come beside others, and nobody waits for anything to come of
	// them. There may be ten times as many, so only few are kept.
	Routine bool `json:"routine,omitempty"`
}

// IgnoredLately is what was ignored of a registry's events lately.
type IgnoredLately struct {
	// Events are the newest, the newest first.
	Events []Ignored
	// Counts are how many came for each reason since Since, the most first. They
	// may miss some: what a process had not written when it ended.
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
	// ignoredEvery and ignoredBurst bound what recording costs: a process makes at
	// most a record of each registry in this time, after a few at once. A routine
	// event is recorded only when none was made for that time.
	ignoredEvery = 30 * time.Second
	ignoredBurst = 6

	ignoredKept = 24 * time.Hour
	// ignoredTime bounds how long a record may take: somebody waits for an answer
	// that does not depend on it.
	ignoredTime = time.Second

	// What is read, and answered.
	ignoredBatches = 200
	ignoredEvents  = 100
	ignoredRoutine = 20
)

func ignoredPartition(registry string) string { return "ignored/" + registry }

// Ignore remembers events that made no deliveries, for people who ask why. They
// are recorded now and then, together; what this process has not recorded yet it
// still answers itself. It is no promise: an error means that some are forgotten.
func (s *Store) Ignore(ctx context.Context, registry string, events ...Ignored) error {
	if len(events) == 0 {
		return nil
	}
	batch, due := s.ignore(registry, events)
	if !due {
		return nil
	}
	value, err := json.Marshal(batch)
	if err != nil {
		return fmt.Errorf("encode ignored events of registry %s: %w", registry, err)
	}
	last := batch.Events[len(batch.Events)-1]
	ctx, cancel := context.WithTimeout(ctx, ignoredTime)
	defer cancel()
	return s.write(ctx, platform.Write{If: platform.Always, Item: platform.Item{
		// Such an id sorts by time, and differs between processes.
		Key: platform.Key{
			Partition: ignoredPartition(registry), Sort: string(shipbell.NewDeliveryID(last.At, registry, last.EventID, 0, last.Reason.String())),
		},
		Value: value, Expires: last.At.Add(ignoredKept),
	}})
}

// Ignored answers which of a registry's events made no deliveries in the last 24
// hours, as far back as 200 records go. It takes one read.
func (s *Store) Ignored(ctx context.Context, registry string) (IgnoredLately, error) {
	items, err := s.o.KV.Range(ctx, platform.Range{Partition: ignoredPartition(registry), Descending: true, Limit: ignoredBatches})
	if err != nil {
		return IgnoredLately{}, unavailable(err)
	}
	lately, counts := IgnoredLately{}, map[string]int{}
	for _, item := range items {
		var batch ignoredBatch
		if err := json.Unmarshal(item.Value, &batch); err != nil {
			return IgnoredLately{}, fmt.Errorf("decode ignored events %s of registry %s: %w", item.Sort, registry, err)
		}
		lately.take(batch, counts)
	}
	s.mu.Lock()
	if waiting := s.ignored[registry]; waiting != nil {
		lately.take(waiting.batch, counts)
	}
	s.mu.Unlock()
	lately.sort(counts)
	return lately, nil
}

// take adds a batch, in which the newest comes last.
func (l *IgnoredLately) take(batch ignoredBatch, counts map[string]int) {
	if len(batch.Events) == 0 {
		return
	}
	if l.Since.IsZero() || batch.Since.Before(l.Since) {
		l.Since = batch.Since
	}
	for reason, n := range batch.Counts {
		counts[reason] += n
	}
	for _, event := range slices.Backward(batch.Events) {
		l.Events = append(l.Events, event)
	}
}

// sort brings all in order and leaves what is too much.
func (l *IgnoredLately) sort(counts map[string]int) {
	slices.SortStableFunc(l.Events, func(a, b Ignored) int { return b.At.Compare(a.At) })
	routine := 0
	l.Events = slices.DeleteFunc(l.Events, func(event Ignored) bool {
		if event.Routine {
			routine++
		}
		return event.Routine && routine > ignoredRoutine
	})
	l.Events = l.Events[:min(len(l.Events), ignoredEvents)]
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for _, reason := range reasons {
		l.Counts = append(l.Counts, ReasonCount{Reason: readReason(reason), Count: counts[reason]})
	}
}
