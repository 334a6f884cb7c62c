package backlog

import (
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

// laneKey names the deliveries of one trigger to one group.
type laneKey struct {
	group, registry string
	trigger         shipbell.ID
}

// lane is what was refused of one group's deliveries of one trigger.
type lane struct {
	key      laneKey
	held     []held              // messages of older deliveries, at most maxHeld
	from, to shipbell.DeliveryID // the range that the store has the rest of; none if from is ""

	wait time.Duration // after the last refusal
	next time.Time     // when the queue is asked again
}

// held is a message that was refused, and when it may be sent.
type held struct {
	message platform.Message
	at      time.Time
}

const (
	// maxHeld bounds the messages that are kept of a lane. More become a range.
	maxHeld = 200
	// The first wait after a refusal and the longest: each is twice the last.
	firstWait = 10 * time.Millisecond
	lastWait  = 640 * time.Millisecond
	// errorWait is the wait after a call of the store or the queue that failed.
	errorWait = time.Second
)

// parse tells which lane a message is of, and which delivery it is about. ok is false if it
// is about none: sweep sends it again.
func parse(m platform.Message) (key laneKey, id shipbell.DeliveryID, ok bool) {
	registry, id, err := store.ParseMessage(m.Body)
	return laneKey{m.Group, registry, id.TriggerID()}, id, err == nil && id != ""
}

// join adds a delivery to the range if there is one that it follows.
func (l *lane) join(id shipbell.DeliveryID) bool {
	if l.from == "" || id < l.from {
		return false
	}
	l.to = max(l.to, id)
	return true
}

// add remembers a message. New deliveries come in the order of their ids, so that a range
// holds no others. A message that waits for a time is left to its due time in the store
// when the lane is full.
func (l *lane) add(m platform.Message, id shipbell.DeliveryID, now time.Time) {
	delayed := m.Delay > 0
	switch {
	case !delayed && l.join(id):
	case !delayed && l.from == "" && now.Sub(id.ReceivedAt()) < store.Grace:
		l.from, l.to = id, id
	case len(l.held) < maxHeld:
		at := now.Add(m.Delay)
		m.Delay = 0
		l.held = append(l.held, held{m, at})
	case !delayed:
		l.spill(id)
	}
}

// spill makes a range of a delivery and the held messages that are due.
func (l *lane) spill(id shipbell.DeliveryID) {
	from, to := id, max(id, l.to)
	for _, h := range l.held {
		_, id, _ := parse(h.message)
		from, to = min(from, id), max(to, id)
	}
	if l.from != "" {
		from = min(from, l.from)
	}
	l.held, l.from, l.to = nil, from, to
}

// empty reports whether nothing is left to send.
func (l *lane) empty() bool { return l.from == "" && len(l.held) == 0 }

// due is when the lane has something to send, if the queue takes it.
func (l *lane) due() time.Time {
	at := l.next
	if l.from == "" {
		first := l.held[0].at
		for _, h := range l.held {
			if h.at.Before(first) {
				first = h.at
			}
		}
		if first.After(at) {
			at = first
		}
	}
	return at
}

// back sets when the queue is asked again, after it took something or not.
func (l *lane) back(now time.Time, taken bool) {
	l.wait = min(max(2*l.wait, firstWait), lastWait)
	if taken {
		l.wait = 0
	}
	l.next = now.Add(l.wait)
}
