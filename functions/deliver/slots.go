package deliver

import (
	"context"
	"sync"
)

// slots bounds how many attempts are under way for each target, so that one that
// hangs holds no more than its share.
type slots struct {
	each int

	mu      sync.Mutex
	targets map[string]*targetSlots
}

// targetSlots are the slots of one target; it is forgotten with its last user.
type targetSlots struct {
	taken chan struct{}
	users int
}

func newSlots(each int) *slots {
	return &slots{each: each, targets: map[string]*targetSlots{}}
}

// acquire waits for a slot of a target. release, which may be called more than
// once, gives it back.
func (s *slots) acquire(ctx context.Context, target string) (release func(), err error) {
	s.mu.Lock()
	t := s.targets[target]
	if t == nil {
		t = &targetSlots{taken: make(chan struct{}, s.each)}
		s.targets[target] = t
	}
	t.users++
	s.mu.Unlock()

	select {
	case t.taken <- struct{}{}:
		return sync.OnceFunc(func() {
			<-t.taken
			s.leave(target, t)
		}), nil
	case <-ctx.Done():
		s.leave(target, t)
		return nil, context.Cause(ctx)
	}
}

func (s *slots) leave(target string, t *targetSlots) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(s.targets, target)
	}
}
