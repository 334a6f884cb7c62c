package ignored

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// batch is the events that one process ignored of a registry between two of its writes.
type batch struct {
	Since  time.Time               `json:"since"`
	Events []shipbell.IgnoredEvent `json:"events"`
	Counts map[string]int          `json:"counts"`
}

// What a batch holds at most.
const (
	batchEvents  = 10
	batchRoutine = 3
	batchReasons = 20
	maxText      = 256
)

// waiting is what a process has ignored of a registry and not written yet.
type waiting struct {
	batch batch
	// next is the time up to which the writes so far use the allowance of one each
	// writeEvery.
	next time.Time
}

// collect adds events to those that wait, and takes all out if they are to be written
// now.
func (l *Log) collect(registry string, events []shipbell.IgnoredEvent) (b batch, due bool) {
	now := l.now().UTC()
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.waiting[registry]
	if w == nil {
		w = &waiting{}
		l.waiting[registry] = w
	}
	most := time.Duration(0)
	for _, event := range events {
		event.At = now
		w.batch.add(event)
		if !event.Routine {
			most = (writeBurst - 1) * writeEvery
		}
	}
	if w.next.Sub(now) > most {
		return batch{}, false
	}
	if w.next.Before(now) {
		w.next = now
	}
	w.next = w.next.Add(writeEvery)
	b, w.batch = w.batch, batch{}
	return b, true
}

// add adds an event, and drops one if there are too many.
func (b *batch) add(event shipbell.IgnoredEvent) {
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
		first := slices.IndexFunc(b.Events, func(one shipbell.IgnoredEvent) bool { return one.Routine })
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
