package deliver

import (
	"context"
	"sync"
	"time"
)

// slots bounds what is under way for each target, so that one that hangs takes no more
// than its share. A target gets at most so many requests at once (its slots). A window
// bounds its claimed deliveries, with a request or waiting for a slot, so that claims
// are stored while requests run. The window begins as wide as the slots, widens with
// every answer, and is reset when a request gets none.
type slots struct {
	each     int
	stopping <-chan struct{}

	mu    sync.Mutex
	lanes map[string]*lane
}

// Widest is the limit of a target's window, as a multiple of its slots. More messages
// of one target need not be handled at once.
const Widest = 8

// lane is the use of one target. It is deleted with its last user.
type lane struct {
	users   int
	window  int
	claimed int
	sending int
	toClaim []chan struct{}
	toSend  []chan struct{}
}

func newSlots(each int, stopping <-chan struct{}) *slots {
	return &slots{each: each, stopping: stopping, lanes: map[string]*lane{}}
}

// place is one delivery's place in the lane of its target.
type place struct {
	slots    *slots
	target   string
	lane     *lane
	sending  bool
	released bool
}

// enter waits for a place in a target's window. It gives nil when ctx or the
// process ends before there is one.
func (s *slots) enter(ctx context.Context, target string) *place {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[target]
	if l == nil {
		l = &lane{window: s.each}
		s.lanes[target] = l
	}
	l.users++
	if l.claimed < l.window && len(l.toClaim) == 0 {
		l.claimed++
	} else if !s.wait(ctx, &l.toClaim) {
		s.release(target, l)
		return nil
	}
	return &place{slots: s, target: target, lane: l}
}

// startSending waits for a slot, but not longer than limit, and reports whether
// it got one.
func (p *place) startSending(ctx context.Context, limit time.Duration) bool {
	s, l := p.slots, p.lane
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.sending < s.each && len(l.toSend) == 0 {
		l.sending++
		p.sending = true
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if p.sending = s.wait(ctx, &l.toSend); !p.sending {
		l.window = s.each
	}
	return p.sending
}

// release gives the place back; answered tells whether the target answered. Calls
// after the first do nothing.
func (p *place) release(answered bool) {
	s, l := p.slots, p.lane
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.released {
		return
	}
	p.released = true
	if p.sending {
		l.window = s.each
		if answered {
			l.window = min(l.claimed+1, Widest*s.each)
		}
		l.sending--
		hand(&l.toSend, &l.sending, s.each)
	}
	l.claimed--
	hand(&l.toClaim, &l.claimed, l.window)
	s.release(p.target, l)
}

// release counts a user of a lane down.
func (s *slots) release(target string, l *lane) {
	if l.users--; l.users == 0 {
		delete(s.lanes, target)
	}
}

// wait queues up until a place is handed over, and reports whether one was.
func (s *slots) wait(ctx context.Context, queue *[]chan struct{}) bool {
	turn := make(chan struct{})
	*queue = append(*queue, turn)
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-turn:
		return true
	case <-ctx.Done():
	case <-s.stopping:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range *queue {
		if other == turn {
			*queue = append((*queue)[:i], (*queue)[i+1:]...)
			return false
		}
	}
	return true // it was handed over meanwhile
}

// hand gives free places to those that wait, in their order.
func hand(queue *[]chan struct{}, taken *int, places int) {
	for *taken < places && len(*queue) > 0 {
		*taken++
		close((*queue)[0])
		*queue = (*queue)[1:]
	}
}
