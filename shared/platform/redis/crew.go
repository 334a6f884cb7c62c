package redis

import (
	"context"
	"sync"
)

// crew counts the workers of a process, in all, of each group and of each owner.
type crew struct {
	most, ofGroup int
	places        chan struct{} // one taken by each worker

	mu      sync.Mutex
	working map[string]int // by group
	owners  map[string]int
}

func newCrew(most, ofGroup int) *crew {
	return &crew{most: most, ofGroup: ofGroup, places: make(chan struct{}, most), working: map[string]int{}, owners: map[string]int{}}
}

// enter waits for a place and reports whether it got one before ctx ended.
func (c *crew) enter(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case c.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave gives a place back.
func (c *crew) leave() { <-c.places }

// begin and end count a message of a group that is worked on.
func (c *crew) begin(group, owner string) { c.count(group, owner, 1) }
func (c *crew) end(group, owner string)   { c.count(group, owner, -1) }

func (c *crew) count(group, owner string, more int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.working[group] += more; c.working[group] == 0 {
		delete(c.working, group)
	}
	if c.owners[owner] += more; c.owners[owner] == 0 {
		delete(c.owners, owner)
	}
}

// full lists who gets no more workers now, as arguments of the script that takes a
// message: how many groups, the groups, then owners. Of the groups it lists those that
// ofLine selects.
func (c *crew) full(ofLine func(group string) bool, admit func(group string, working int) bool) []any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if admit == nil {
		admit = func(_ string, working int) bool { return working < c.ofGroup }
	}
	busy := len(c.places)
	args := []any{0}
	for group, n := range c.working {
		if ofLine(group) && (busy > c.most/2 || !admit(group, n)) {
			args = append(args, group)
		}
	}
	args[0] = len(args) - 1
	for owner, n := range c.owners {
		if busy > c.most*3/4 && n >= max(1, c.most/16) {
			args = append(args, owner)
		}
	}
	return args
}
