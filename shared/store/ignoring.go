package store

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/text"
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
	event.Reason = event.Reason.Truncate(maxText)
	for _, one := range []*string{&event.EventID, &event.Repository, &event.Tag} {
		if len(*one) > maxText {
			*one = strings.ToValidUTF8((*one)[:maxText], "")
		}
	}
	if len(b.Events) == 0 {
		b.Since, b.Counts = event.At, map[string]int{}
	}
	reason := reasonKey(event.Reason)
	if b.Counts[reason] == 0 && len(b.Counts) >= batchReasons {
		reason = reasonKey(text.New(text.IgnoredOther))
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

// reasonKey is the name of a reason's count: its JSON, or the text of one that has no
// code, as older versions wrote all of them.
func reasonKey(reason text.Message) string {
	if reason.Code == "" {
		return reason.String()
	}
	key, _ := json.Marshal(reason) // texts and numbers can always be encoded
	return string(key)
}

// readReason is the reason of a count's name.
func readReason(key string) text.Message {
	var reason text.Message
	if strings.HasPrefix(key, "{") && json.Unmarshal([]byte(key), &reason) == nil {
		return reason
	}
	return text.Literal(key)
}
