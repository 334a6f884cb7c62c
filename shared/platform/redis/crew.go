package redis

import (
	"context"
	"sync"
)

// crew counts the workers of a process, in all and of each group.
type crew struct {
	most, ofGroup int
	places        chan struct{} // one taken by each worker

	mu      sync.Mutex
	working map[string]int
}

func newCrew(most, ofGroup int) *crew {
	return &crew{most: most, ofGroup: ofGroup, places: make(chan struct{}, most), working: map[string]int{}}
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
func (c *crew) begin(group string) { c.count(group, 1) }
func (c *crew) end(group string)   { c.count(group, -1) }

func (c *crew) count(group string, more int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.working[group] += more; c.working[group] == 0 {
		delete(c.working, group)
	}
}

// full lists the groups that get no more workers now.
func (c *crew) full() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	share := c.ofGroup
	if len(c.places) > c.most/2 {
		share = max(1, share/8)
	}
	var groups []string
	for group, n := range c.working {
		if n >= share {
			groups = append(groups, group)
		}
	}
	return groups
}
