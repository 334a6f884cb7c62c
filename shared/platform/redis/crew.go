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

// atFirst is how many messages of a group are taken at once before it is asked whether it
// may have more.
const atFirst = 8

// shares tells who gets how many workers more now, as arguments of the script that takes
// messages: how many a group that has none, how many groups are listed, each with its
// number, then the owners that get none. Of the groups that have workers it lists those
// that ofLine selects.
//
// admit is asked for one more at a time, so a group that is admitted gets as many as make
// atFirst, or a quarter more.
func (c *crew) shares(ofLine func(group string) bool, admit func(group string, working int) bool) []any {
	c.mu.Lock()
	defer c.mu.Unlock()
	busy := len(c.places)
	share := func(group string, working int) int {
		switch {
		case busy > c.most/2 && working > 0:
			return 0
		case busy > c.most/2:
			return 1
		case admit == nil:
			return max(0, c.ofGroup-working)
		case working == 0:
			return atFirst
		case !admit(group, working):
			return 0
		}
		return max(1, atFirst-working, working/4)
	}
	args := []any{share("", 0), 0}
	for group, n := range c.working {
		if ofLine(group) {
			args = append(args, group, share(group, n))
		}
	}
	args[1] = (len(args) - 2) / 2
	for owner, n := range c.owners {
		if busy > c.most*3/4 && n >= max(1, c.most/16) {
			args = append(args, owner)
		}
	}
	return args
}
