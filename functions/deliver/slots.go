package deliver

import (
	"context"
	"sync"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// slots bounds what is under way for each target, so that one that hangs takes no more
// than its share. The share of a target begins at firstShare. It grows by one with every
// answer while work waits, up to most, and is halved by a time-out, down to firstShare.
type slots struct {
	most     int
	stopping <-chan struct{}

	mu    sync.Mutex
	lanes map[string]*lane
}

// firstShare is how many attempts may be under way at once for a target of which nothing
// is known.
const firstShare = 8

// lane is the use of one target.
type lane struct {
	users   int // places taken and waited for
	share   int
	busy    int
	wanted  bool // somebody found the lane full since the share last changed
	held    bool // the last delivery was held, so that no attempt is to be expected
	waiting []chan struct{}
}

func newSlots(most int, stopping <-chan struct{}) *slots {
	return &slots{most: most, stopping: stopping, lanes: map[string]*lane{}}
}

func (s *slots) first() int { return min(firstShare, s.most) }

// place is one attempt's place in the lane of its target.
type place struct {
	slots    *slots
	name     string
	lane     *lane
	released bool
}

// admit is platform.Work.Admit: the queue hands out no more than a lane takes.
func (s *slots) admit(name string, working int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[name]
	if l == nil {
		return working < s.first()
	}
	if l.held {
		return working == 0
	}
	if working < l.share {
		return true
	}
	l.wanted = true
	return false
}

// enter takes a place in a lane. If the lane is full, it waits for a place only if wait is
// set, until ctx or the process ends. It gives nil if it got none.
func (s *slots) enter(ctx context.Context, name string, wait bool) *place {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[name]
	if l == nil {
		l = &lane{share: s.first()}
		s.lanes[name] = l
	}
	l.users++
	if l.busy < l.share && len(l.waiting) == 0 {
		l.busy++
	} else {
		l.wanted = true
		if !wait || !s.wait(ctx, l) {
			s.drop(name, l)
			return nil
		}
	}
	return &place{slots: s, name: name, lane: l}
}

// hold notes that the delivery with the place is held.
func (p *place) hold() {
	p.slots.mu.Lock()
	defer p.slots.mu.Unlock()
	p.lane.held = true
}

// release gives the place back, with the outcome of the attempt if there was one. Calls
// after the first do nothing.
func (p *place) release(outcome *shipbell.Outcome) {
	s, l := p.slots, p.lane
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.released {
		return
	}
	p.released = true
	if outcome != nil {
		l.held = false
	}
	switch {
	case outcome == nil:
	case outcome.StatusCode != 0 && !outcome.Busy && l.wanted:
		l.share, l.wanted = min(l.share+1, s.most), false
	case outcome.TimedOut():
		l.share, l.wanted = max(l.share/2, s.first()), false
	}
	l.busy--
	for l.busy < l.share && len(l.waiting) > 0 {
		l.busy++
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
	}
	s.drop(p.name, l)
}

// maxKept is how many lanes are kept although nobody uses them, for their shares.
const maxKept = 4096

// drop counts a user of a lane down. A lane without users is forgotten if its share is as
// at first.
func (s *slots) drop(name string, l *lane) {
	if l.users--; l.users == 0 && (l.share == s.first() || len(s.lanes) > maxKept) {
		delete(s.lanes, name)
	}
}

// wait queues up until a place is handed over, and reports whether one was.
func (s *slots) wait(ctx context.Context, l *lane) bool {
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	s.mu.Unlock()
	select {
	case <-turn:
	case <-ctx.Done():
	case <-s.stopping:
	}
	s.mu.Lock()
	for i, other := range l.waiting {
		if other == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return false
		}
	}
	return true // it was handed over, perhaps meanwhile
}
