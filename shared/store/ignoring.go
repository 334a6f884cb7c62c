package store

import (
	"slices"
	"strings"
	"time"
)

// ignoredBatch is what one process ignored of a registry's events between two of
// its records.
type ignoredBatch struct {
	Since  time.Time      `json:"since"`
	Events []Ignored      `json:"events"`
	Counts map[string]int `json:"counts"`
}

// What a batch holds at most.
const (
	batchEvents  = 10
	batchRoutine = 3
	batchReasons = 20
	// otherReasons stands for those beyond.
	otherReasons = "other reasons"
	maxText      = 256
)

// ignoring is what a process has ignored of a registry and not recorded yet.
type ignoring struct {
	batch ignoredBatch
	// next is when as many records would have been made as were, one each
	// ignoredEvery.
	next time.Time
}

// ignore adds events to what waits, and takes it out if it is time for a record.
func (s *Store) ignore(registry string, events []Ignored) (batch ignoredBatch, due bool) {
	now := s.o.Now().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.ignored[registry]
	if waiting == nil {
		waiting = &ignoring{}
		s.ignored[registry] = waiting
	}
	most := time.Duration(0)
	for _, event := range events {
		event.At = now
		waiting.batch.add(event)
		if !event.Routine {
			most = (ignoredBurst - 1) * ignoredEvery
		}
	}
	if waiting.next.Sub(now) > most {
		return ignoredBatch{}, false
	}
	waiting.next = later(waiting.next, now).Add(ignoredEvery)
	batch, waiting.batch = waiting.batch, ignoredBatch{}
	return batch, true
}

// add takes in an event, and drops one if there are too many.
func (b *ignoredBatch) add(event Ignored) {
	for _, text := range []*string{&event.EventID, &event.Repository, &event.Tag, &event.Reason} {
		if len(*text) > maxText {
			*text = strings.ToValidUTF8((*text)[:maxText], "")
		}
	}
	if len(b.Events) == 0 {
		b.Since, b.Counts = event.At, map[string]int{}
	}
	reason := event.Reason
	if b.Counts[reason] == 0 && len(b.Counts) >= batchReasons {
		reason = otherReasons
	}
	b.Counts[reason]++
	b.Events = append(b.Events, event)
	routine := 0
	for _, one := range b.Events {
		if one.Routine {
			routine++
		}
	}
	switch {
	case routine > batchRoutine:
		first := slices.IndexFunc(b.Events, func(one Ignored) bool { return one.Routine })
		b.Events = slices.Delete(b.Events, first, first+1)
	case len(b.Events) > batchEvents:
		b.Events = slices.Delete(b.Events, 0, 1)
	}
}
